/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Copying what is in files, as cheaply as the filesystems allow. Internal to the store. */

#include <sys/stat.h>
#include "base/error.h"

/* Whether a regular file with this status has less on the disk than in it. */
static inline bool file_has_holes(const struct stat *st)
{
	return st->st_blocks * 512 < st->st_size;
}

/* What was found out with the files before; starts as zeros. */
typedef struct FileContent {
	bool no_clone;
	char *buffer; /* for filesystems between which the kernel does not copy */
} FileContent;

/* Copies the first st->st_size bytes of a regular file with the status st, if it has as many, into
 * an empty one: shares the blocks, else copies, holes as holes. 0 or a negative errno. */
int file_content_copy(FileContent *c, int from, int to, const struct stat *st, Error *err);
void file_content_done(FileContent *c);
