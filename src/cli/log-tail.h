/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The last lines of a pod's logs. They are kept while all are read, and not counted first: what is
 * in the files may be less a moment later. */

#include <stdint.h>
#include "pod/logs.h"

typedef struct LogTail {
	PodLogLine *lines; /* with texts of their own */
	size_t n;
	uint64_t max, seen; /* lines that are kept at most, and all that there were */
	bool open;          /* the next piece belongs to the last line */
} LogTail;

/* Keeps a copy of the line, in place of the oldest one if there are max already, or adds a piece to
 * the last one. The app's name stays the caller's. 0 or -ENOMEM. */
int log_tail_add(LogTail *tail, const PodLogLine *line);

/* The line number i < n, 0 being the oldest one, whole. */
const PodLogLine *log_tail_at(const LogTail *tail, size_t i);

void log_tail_done(LogTail *tail);
