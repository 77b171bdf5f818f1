/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The directories of a tree that is being written: finding the one that a path belongs into, and
 * making way there. Internal to the store. */

#include "store/tree-writer.h"

/* The directory that path is to be made in, and the name there; missing directories are made. The
 * descriptor is valid until the next call. -EINVAL when something on the way is no directory. */
int tree_open_parent(
	TreeWriter *w, const char *path, int *ret_fd, const char **ret_name, Error *err);

/* Drops the remembered directory. */
void tree_forget_parent(TreeWriter *w);

/* Enters the last component of path below dirfd, making it where it is missing. Returns the
 * descriptor. */
int tree_enter_or_make(TreeWriter *w, int dirfd, const char *path, Error *err);

/* Removes what is in the way of a new file: the later entry wins, but never over a directory with
 * content. */
int tree_make_room(TreeWriter *w, int dirfd, const char *name, bool *ret_whiteout, Error *err);

/* mkdir that keeps a directory and replaces a whiteout or, if told to, anything else. Where it
 * replaces a whiteout the directory is made opaque: what the layers below have of this name stays
 * gone. */
int tree_make_dir(
	TreeWriter *w, int dirfd, const char *name, mode_t mode, bool replace, Error *err);

/* Keeps what the layers below have in the directory from showing. */
int tree_make_opaque(int dirfd, const char *name, Error *err);
