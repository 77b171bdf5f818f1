/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Copying files and directories from or to where somebody else may change everything at any moment
 * (tree-walk.h). What is written, too, is named one component at a time, and follows no link. */

#include "base/error.h"
#include "store/tree-ids.h"

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

/* Copies regular files (holes as holes, hard links among them as such where they can be),
 * directories with all that is mounted in them, and symbolic links, with owners, modes,
 * modification times and extended attributes of users (AttributePolicy.of_users); a directory that
 * is there already is filled, and keeps its own. Devices, fifos, sockets and the kernel's own
 * filesystems are passed over. 0; 1 when the source itself is such a thing, and nothing was copied;
 * -EISDIR or -ENOTDIR where one of the two is a directory and the other is not; or another negative
 * errno. Errors name the path. */
int tree_copy(const TreeCopy *copy, Error *err);
