/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Owner, mode, modification time and extended attributes of one file, on their way to
 * the disk. Internal to the store. */

#include <stdint.h>
#include <sys/stat.h>
#include "base/arena.h"
#include "base/error.h"

typedef struct Xattr {
	const char *name;
	const void *value;
	size_t size;
} Xattr;

typedef struct Attributes {
	uid_t uid;
	gid_t gid;
	mode_t mode; /* permission bits, including set-ID and sticky */
	struct timespec mtime;
	Xattr *xattrs;
	size_t n_xattrs;
	bool implicit; /* of a directory that is only there because others are in it */
} Attributes;

/* How attributes are applied: found out once for a whole tree. */
typedef struct AttributePolicy {
	bool owners;   /* the caller is root: owners, devices and attributes are set */
	bool inherits; /* new files may take another group than 0 */
	mode_t umask;
	uint32_t first_id; /* added to the numbers of owners */
} AttributePolicy;

/* Looks at the process and at the directory root. */
int attribute_policy_init(AttributePolicy *ret, int root, Error *err);

/* Whether an extended attribute is kept. What overlayfs has in "trusted.overlay." and, in user
 * namespaces, "user.overlay." must not come from an image. */
bool attributes_keep_xattr(const char *name);

/* Takes them from an open regular file or directory, whose status is st; memory for xattrs comes
 * from arena. */
int attributes_from_file(int fd, const struct stat *st, Arena *arena, Attributes *ret, Error *err);

/* Takes those that need no open file: owner, mode and time. */
void attributes_from_status(const struct stat *st, Attributes *ret);

/* Applies them to an open regular file or directory. now is its status, or NULL for one that was
 * just made with the permission bits of a. */
int attributes_apply(const Attributes *a, const AttributePolicy *policy, int fd,
	const struct stat *now, Error *err);

/* Applies owner, mode and time to the new file name below dirfd, not following it: links, devices,
 * fifos. Extended attributes are only kept for regular files and directories. */
int attributes_apply_at(const Attributes *a, const AttributePolicy *policy, int dirfd,
	const char *name, bool link, Error *err);
