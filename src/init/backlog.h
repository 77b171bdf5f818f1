/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a stream of an app has brought while nobody was attached to it: the newest of it, in a pipe,
 * so that it takes none of the monitor's own memory. */

#include <stddef.h>
#include <sys/types.h>

typedef struct Backlog {
	int in, out; /* the pipe's ends; 0: there is none, nor anything in it */
} Backlog;

/* Keeps n bytes (a FRAME_BYTES at most) behind the others, and drops the oldest for them once the
 * pipe is full, which is after 32 KiB at least. Where there can be no pipe they are lost. */
void backlog_keep(Backlog *b, const char *bytes, size_t n);

/* Takes the oldest out. Returns how many; 0 when there are none. */
ssize_t backlog_take(Backlog *b, char *ret, size_t size);

void backlog_drop(Backlog *b);
