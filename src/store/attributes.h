/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Owner, mode, modification time and extended attributes of one file, on their way to
 * the disk. Internal to the store. */

#include <stdint.h>
#include <sys/stat.h>
#include "base/arena.h"
#include "base/error.h"
#include "store/tree-ids.h"

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
	bool always; /* nothing is certain of what new files are like: all is set */
	/* Of extended attributes only those of users are set, and not where the filesystem has
	 * none. */
	bool of_users;
	TreeIds ids; /* whom owners belong to */
} AttributePolicy;

/* For files that are put among those of somebody else. */
AttributePolicy attribute_policy_for_others(TreeIds ids);

/* Looks at the process and at the directory root. */
int attribute_policy_init(AttributePolicy *ret, int root, Error *err);

/* Whether an extended attribute is one of users: of no meaning to the kernel, or to overlayfs. */
bool attributes_is_of_users(const char *name);

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

/* Applies owner, mode and time to the new device or fifo name below dirfd. Extended attributes are
 * only kept for regular files and directories. */
int attributes_apply_to_node(const Attributes *a, const AttributePolicy *policy, int dirfd,
	const char *name, Error *err);

/* Applies owner and time to the new symbolic link name below dirfd, and to nothing that has taken
 * its place: -EBUSY. */
int attributes_apply_to_link(const Attributes *a, const AttributePolicy *policy, int dirfd,
	const char *name, Error *err);
