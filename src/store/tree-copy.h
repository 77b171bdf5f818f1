/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Copying files and directories from or to where somebody else may change everything at any moment,
 * as the processes of a pod may in its root filesystem. Each name is opened by itself below the
 * directory that it is in, following no link and nothing but names of one component, so that
 * nothing that is swapped meanwhile can lead anywhere else. Only what has shown itself to be a
 * regular file is opened for reading: devices and fifos are neither waited for nor touched. */

#include <stdint.h>
#include "base/error.h"

/* Users and groups 0 ... n-1 are first ... where the files are; n is 0: each is its own. */
typedef struct TreeIds {
	uint32_t first, n;
} TreeIds;

typedef struct TreeCopy {
	int from;         /* the directory that the source is in */
	const char *name; /* its name there; NULL: what is in that directory */
	int to;           /* the directory that the copy is put into */
	const char
		*as; /* its name there, taken by a file that is in the way; with name NULL, NULL */
	TreeIds from_ids, to_ids;
	bool harmless; /* set-user-ID and set-group-ID bits are left out */
	/* Told of what is not copied and why. */
	void (*passed_over)(const char *path, const char *why);
} TreeCopy;

/* Copies regular files (holes as holes), directories with all that is mounted in them, and symbolic
 * links, with owners, modes and modification times; a directory that is there already is filled,
 * and keeps its own. Devices, fifos, sockets and the kernel's own filesystems are passed over.
 * 0; 1 when the source itself is such a thing, and nothing was copied; -EISDIR or -ENOTDIR where
 * one of the two is a directory and the other is not; or another negative errno. Errors name the
 * path. */
int tree_copy(const TreeCopy *copy, Error *err);
