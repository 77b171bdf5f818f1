/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Executing entry points of a stage1. */

#include "base/error.h"
#include "pod/pod.h"

/* Arguments of an entry point; grows as they are added, complete when NULL-terminated by
 * entry_point_*(). */
#define ENTRY_POINT_ARGS 512
typedef struct EntryPoint {
	const char *path; /* the program, as it is found in root */
	const char *argv[ENTRY_POINT_ARGS];
	size_t n;
	bool overflow;

	/* Where the program is: a directory of the pod's. NULL: path is the host's. */
	const char *root;
	/* Brings the process that becomes the program to where it is found, with the pod's
	 * directory as working directory. name and app are those below. NULL: nowhere special. */
	int (*arrive)(const Pod *pod, const char *name, const char *app, Error *err);
	/* Called when there is nothing left to do but to execute the program: the caller's memory
	 * does not change any more. NULL: nothing is. 0, or a negative errno with err filled. */
	int (*last)(void *userdata, Error *err);
	void *userdata;
	const char *name, *app; /* which entry point, and the app that it is for or NULL */
	bool crossing;          /* has no environment but PATH and what is told in RKT_STAGE1_* */
} EntryPoint;

void entry_point_init(EntryPoint *e, const char *path, const char *argv0);
void entry_point_add(EntryPoint *e, const char *arg);

/* Executes it in place of the caller, in the pod's directory, from a mount that nobody can write
 * through: its processes share a PID namespace with the pod's, and what those can reach in /proc
 * must not lead to a file of the host that can be changed. A script, which its interpreter has to
 * find by a name, is executed where it is; only those below root can be one. Returns only on
 * failure. */
int entry_point_exec(const EntryPoint *e, const Pod *pod, Error *err);

/* Runs it as a child in the same way. Returns its exit status or a negative errno. */
int entry_point_run(const EntryPoint *e, const Pod *pod, Error *err);
