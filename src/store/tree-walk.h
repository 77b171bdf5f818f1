/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Going through files and directories where somebody else may change everything at any moment, as
 * the processes of a pod may in its root filesystem. Each name is opened by itself below the
 * directory that it is in, following no link and nothing but names of one component, so that
 * nothing that is swapped meanwhile can lead anywhere else. Only what has shown itself to be a
 * regular file is opened for reading: devices and fifos are neither waited for nor touched. */

#include <sys/stat.h>
#include "base/error.h"

#define TREE_DEPTH_MAX 200 /* of directories within each other: each takes descriptors */

/* A regular file, a directory or a symbolic link; valid during the call. */
typedef struct TreeItem {
	const char *path; /* its bytes as they are */
	const char *name; /* the last of it */
	int fd;           /* open for reading; of a link, by O_PATH */
	struct stat st;
	const char *first; /* of a regular file: the path that it was visited by before, or NULL */
} TreeItem;

typedef struct TreeWalk {
	int dir;          /* the directory that it begins in */
	const char *name; /* what is meant there; NULL: all that is in it */
	const char *as;   /* what paths begin with in place of name */
	/* Of directories before what is in them; leave, which may be NULL, behind that. 0 or a
	 * negative errno, which ends it. */
	int (*visit)(void *userdata, const TreeItem *item, Error *err);
	int (*leave)(void *userdata, const TreeItem *directory, Error *err);
	void *userdata;
	/* Told of what is not visited and why. The path can be printed. */
	void (*passed_over)(const char *path, const char *why);
} TreeWalk;

/* Visits regular files, symbolic links and directories with all that is mounted in them. Devices,
 * fifos, sockets and what is in the kernel's own filesystems is passed over. 0; 1 when what was
 * meant is such a thing itself; -ELOOP past TREE_DEPTH_MAX; or another negative errno. */
int tree_walk(const TreeWalk *walk, Error *err);

/* fail_errno() of "DOING PATH", and wrap() by the path. Both return r. */
int tree_walk_failed(const TreeItem *item, int r, const char *doing, Error *err);
int tree_walk_wrap(const TreeItem *item, int r, Error *err);
