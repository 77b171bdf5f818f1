/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From a file tree to a tar that holds all of it: the other way round than unpack.h. */

#include "store/tree-ids.h"
#include "store/view.h"

/* Takes len bytes of the tar. 0 or a negative errno with err filled, which ends it. */
typedef int (*PackWrite)(void *userdata, const void *data, size_t len, Error *err);

/* Writes an ACI, not compressed: the manifest, then what the view shows below "rootfs", with
 * owners, times, attributes, links and devices. 0 or a negative errno. */
int pack_aci(const char *manifest, size_t manifest_len, const View *v, TreeIds ids, PackWrite write,
	void *userdata, Error *err);

/* Writes the tar of a layer, from its tree with this root: as layers of OCI images are, with their
 * whiteouts, or as an ACI, below "rootfs" and without a manifest. 0 or a negative errno. */
int pack_layer(int root, bool is_aci, PackWrite write, void *userdata, Error *err);

/* Files and directories where somebody else may change everything at any moment (tree-walk.h). */
typedef struct PackTree {
	int dir;
	const char *name; /* what is meant there */
	const char *as;   /* what names in the tar begin with */
	TreeIds ids;
	void (*passed_over)(const char *path, const char *why);
} PackTree;

/* Writes a tar of them, with what tree_copy() copies: holes, hard links, extended attributes of
 * users; set-user-ID and set-group-ID bits are left out. Result as tree_walk(); where it is not 0,
 * the tar has no end. */
int pack_tree(const PackTree *tree, PackWrite write, void *userdata, Error *err);
