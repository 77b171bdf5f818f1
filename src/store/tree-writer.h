/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Makes files in a tree, from paths that an archive chose. The directory of each path is resolved
 * by the kernel beneath the root without following links (openat2), and the last name is never
 * followed, so nothing outside the tree can be reached. Paths are cleaned ones (tar-name.h). A path
 * that was made before is made anew, as tar does.
 *
 * Error texts give the reason alone; the caller knows the entry's name. Internal to the store. */

#include <limits.h>
#include "store/attributes.h"
#include "store/dir-attributes.h"

typedef struct TreeWriter {
	int root; /* borrowed */
	AttributePolicy policy;
	bool of_others;        /* see tree_writer_init_among_others() */
	int parent_fd;         /* the directory of the last path, -1 while there is none */
	char parent[PATH_MAX]; /* its path */
	DirAttributes dirs;
} TreeWriter;

int tree_writer_init(TreeWriter *ret, int root, Error *err);

/* Writes into a tree that is full of what others have, who may change everything at any moment.
 * Their directories stay as they are, and are replaced by nothing. */
void tree_writer_init_among_others(TreeWriter *ret, int root, TreeIds ids);
void tree_writer_done(TreeWriter *w);

/* The status of what there is at path, not followed. 0, or -ENOENT without error text and other
 * negative errnos. */
int tree_writer_stat(const TreeWriter *w, const char *path, struct stat *ret);

/* Makes an empty regular file and returns its descriptor. When it has its content,
 * attributes_apply() finishes it. */
int tree_writer_file(TreeWriter *w, const char *path, mode_t mode, Error *err);

/* Makes a directory, or keeps the one that is there. It gets its attributes in
 * tree_writer_finish(). */
int tree_writer_dir(TreeWriter *w, const char *path, const Attributes *a, Error *err);

int tree_writer_symlink(
	TreeWriter *w, const char *path, const char *target, const Attributes *a, Error *err);

/* A hard link to another path of the tree. */
int tree_writer_hardlink(TreeWriter *w, const char *path, const char *target, Error *err);

/* A device or fifo: type is S_IFCHR, S_IFBLK or S_IFIFO. */
int tree_writer_node(
	TreeWriter *w, const char *path, mode_t type, dev_t dev, const Attributes *a, Error *err);

/* Overlay's forms of "path is gone" and "nothing of the layers below shows in the directory path".
 */
int tree_writer_whiteout(TreeWriter *w, const char *path, Error *err);
int tree_writer_opaque(TreeWriter *w, const char *path, Error *err);

/* Gives the directories their attributes. ret_path: the one that failed, valid until
 * tree_writer_done(). */
int tree_writer_finish(TreeWriter *w, const char **ret_path, Error *err);
