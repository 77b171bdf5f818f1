/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The processes of this host as /proc tells of them, at one look. */

#include <stdint.h>
#include <sys/types.h>
#include "base/error.h"

typedef struct ProcessEntry {
	pid_t pid, parent;
	ino_t namespace;   /* of process ids; 0: unknown */
	uint64_t cpu_ns;   /* its own, and that of children that it has waited for */
	uint64_t resident; /* bytes, what it shares with others included */
	unsigned threads;
} ProcessEntry;

typedef struct ProcessTable {
	ProcessEntry *items; /* by pid */
	size_t n;
} ProcessTable;

/* Reads it; processes that end meanwhile are left out. 0 or a negative errno. */
int process_table_read(ProcessTable *ret, Error *err);
void process_table_done(ProcessTable *t);

/* The entry of a process, NULL when there is none. */
const ProcessEntry *process_table_find(const ProcessTable *t, pid_t pid);

/* A file below /proc/PID, in fresh memory and NUL-terminated, max bytes of it at most. 0 or a
 * negative errno. */
int process_read_file(pid_t pid, const char *name, size_t max, char **ret, size_t *ret_len);

#define _cleanup_process_table_ __attribute__((cleanup(process_table_done)))
