/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Following a command in a pod from outside until it ends: what it prints, what it is to read, and
 * signals go on meanwhile. Nothing of the caller's is handed to it: its streams are pipes, or a
 * terminal of the pod's. */

#include <stdbool.h>
#include <sys/types.h>

typedef struct Follow {
	int streams[3]; /* our ends of the pipes that are its stdin, stdout and stderr, or -1 */
	int master;     /* of its terminal in place of those, or -1 */
	bool typing;    /* with the terminal: what is typed goes there */
	int signals;    /* from follow_signals() */
	pid_t pid;      /* the command: a child that leads a session */
	int leash;      /* what holds it, let go when it has ended */
	int lost;       /* set by follow(): the negative errno that some of the output could not be
			   written with, or 0; a reader that has left (EPIPE) is no loss */
} Follow;

/* Blocks the signals that follow() hears of: those that are passed on, unless the caller has them
 * ignored, the end of a child, and a new size of the window. Returns a descriptor or a negative
 * errno. */
int follow_signals(void);

/* Until the command has ended. Returns its exit status, 128 + N when signal N has ended it, or a
 * negative errno while it still runs. */
int follow(Follow *f);
