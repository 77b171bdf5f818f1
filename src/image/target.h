/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a user gets an image in: a directory or file that is made beside its place and appears there
 * by one rename, when it is whole. What a killed process of the same user has left of it is removed
 * by the next one that makes something in the same place, a minute later. */

#include "base/cleanup.h"
#include "base/error.h"

typedef struct Target {
	int parent_fd;
	int fd;     /* of what is made: a directory to be filled, or a file to be written */
	char *name; /* its place in the parent */
	char *path; /* the same, absolute, for messages */
	bool overwrite;
	char made[64]; /* what it is called until then, "" when there is nothing */
} Target;

#define TARGET_INIT                                                                                \
	{                                                                                          \
		.parent_fd = -1, .fd = -1                                                          \
	}

/* Makes an empty directory for path. -EEXIST when there is something and overwrite is not set, or
 * something else than a directory; -EINVAL where that would remove the root filesystem, the
 * directory keep, which is rkt's, or the caller's own, and for all that is in keep. */
int target_make_dir(Target *ret, const char *path, bool overwrite, const char *keep, Error *err);

/* Makes an empty file for path. The same; what may be replaced is a regular file. */
int target_make_file(Target *ret, const char *path, bool overwrite, const char *keep, Error *err);

/* Puts it in place. What was there is removed. */
int target_publish(Target *t, Error *err);

/* Removes what was not published. */
void target_done(Target *t);

#define _cleanup_target_ _cleanup_(target_done)
