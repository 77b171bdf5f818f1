/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Running other programs without a shell: the project's own helper programs above all. */

#include <sys/types.h>
#include "base/cleanup.h"
#include "base/error.h"

typedef struct Process {
	const char *const *argv; /* NULL-terminated; argv[0] is the path of the program */
	int stdin_fd;            /* becomes descriptor 0; -1 keeps the caller's */
	int stdout_fd;           /* becomes descriptor 1; -1 keeps the caller's */
	int cwd_fd;              /* directory to start in; -1 keeps the caller's */

	/* Becomes the program in the child, where executing argv[0] is not all there is to it.
	 * Returns only on failure; what it says then is what process_spawn() says. NULL: argv[0] is
	 * executed.
	 */
	int (*become)(const void *userdata, Error *err);
	const void *userdata;
} Process;

#define PROCESS_INIT(args)                                                                         \
	{                                                                                          \
		.argv = (args), .stdin_fd = -1, .stdout_fd = -1, .cwd_fd = -1                      \
	}

/* Starts the program; it dies with the caller (PR_SET_PDEATHSIG). Returns its pid or a negative
 * errno. */
pid_t process_spawn(const Process *p, Error *err);

/* Becomes the program that fd is open on. argv as in Process, argv[0] any text. Returns a negative
 * errno, if at all. */
int process_exec_fd(int fd, const char *const *argv);

/* Waits for pid. Returns the exit status, 128 + N for a death by signal N, or a negative errno. */
int process_wait(pid_t pid, Error *err);

/* Runs the program to its end and collects what it writes to stdout, up to max bytes (more is
 * -EFBIG and kills it). Result as process_wait(). */
int process_output(const Process *p, size_t max, char **ret, size_t *ret_len, Error *err);

/* The path of one of the project's own programs or data files below libexec: name is relative
 * ("rkt-fetch", "stage1-native/run"). Where the running binary stands in a build tree, that tree's
 * copy is meant. Fresh memory. */
int process_libexec(const char *name, char **ret, Error *err);
