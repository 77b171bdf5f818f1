/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Paths, and opening below a root. Names that an image or a user chose are only ever resolved by
 * the kernel, beneath a directory descriptor (openat2(2)); text operations here decide nothing
 * about what a path means on disk. */

#include <stdint.h>
#include <sys/types.h>
#include "base/beneath.h"
#include "base/directory.h"
#include "base/error.h"

/* Removes name below dirfd and everything in it, entering no mount (not even a bind mount from the
 * same filesystem) and following no link, however deep the tree is. A missing name is success. 0 or
 * a negative errno of the first entry that could not be removed (the rest is still tried). */
int path_remove_tree(int dirfd, const char *name);

/* Renames from below from_fd to the name to below to_fd, which must be free: -EEXIST otherwise. 0
 * or a negative errno. */
int path_rename_new(int from_fd, const char *from, int to_fd, const char *to);

/* Swaps what the two names stand for: at every moment both are there. 0 or a negative errno. */
int path_exchange(int from_fd, const char *from, int to_fd, const char *to);

/* Lexically cleans an absolute or relative path as Go's path.Clean does: no "//", ".", or inner
 * "..", "." for "". Fresh memory in *ret. 0 or -ENOMEM. */
int path_clean(const char *path, char **ret);

/* Whether dir is path, or in it: both absolute, without links, "." or "..". */
bool path_contains(const char *path, const char *dir);

/* path itself if absolute, else it behind the working directory; cleaned. Fresh memory. 0 or a
 * negative errno. */
int path_absolute(const char *path, char **ret);

/* Whether a regular file is at path, or behind the links there. */
bool path_is_file(const char *path);

/* The part behind the last '/', path itself without one. */
const char *path_base(const char *path);
