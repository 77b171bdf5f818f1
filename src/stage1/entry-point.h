/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Executing entry points of a stage1. */

#include "base/error.h"
#include "pod/pod.h"

/* Arguments of an entry point; grows as they are added, complete when NULL-terminated by
 * entry_point_*(). */
#define ENTRY_POINT_ARGS 512
typedef struct EntryPoint {
	const char *path; /* the program */
	const char *argv[ENTRY_POINT_ARGS];
	size_t n;
	bool overflow;
} EntryPoint;

void entry_point_init(EntryPoint *e, const char *path, const char *argv0);
void entry_point_add(EntryPoint *e, const char *arg);

/* Executes it in place of the caller, in the pod's directory, from a mount that nobody can write
 * through: its processes share a PID namespace with the pod's, and what those can reach in /proc
 * must not lead to a file of the host that can be changed. Returns only on failure. */
int entry_point_exec(const EntryPoint *e, const Pod *pod, Error *err);

/* Runs it as a child in the same way. Returns its exit status or a negative errno. */
int entry_point_run(const EntryPoint *e, const Pod *pod, Error *err);
