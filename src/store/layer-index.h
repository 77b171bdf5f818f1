/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What is in a layer's tar, and where: names, attributes, and the place of each file's content in
 * the tar. It is made entry by entry, with the outcome that tree-writer.h would have on disk, and
 * written as an EROFS image that has no content itself (docs/formats/layer-view.md). Paths are
 * cleaned ones (tar-name.h); a path that was made before is made anew.
 *
 * Error texts give the reason alone; the caller knows the entry's name. Functions return 0 or a
 * negative errno. Internal to the store. */

#include <stdint.h>
#include "base/cleanup.h"
#include "store/attributes.h"

typedef struct LayerIndex LayerIndex;

int layer_index_new(LayerIndex **ret, Error *err);
LayerIndex *layer_index_free(LayerIndex *x);

/* The next content begins at offset of the tar, a multiple of 512, and has size bytes. */
int layer_index_file(LayerIndex *x, const char *path, const Attributes *a, uint64_t offset,
	uint64_t size, Error *err);
int layer_index_dir(LayerIndex *x, const char *path, const Attributes *a, Error *err);
int layer_index_symlink(
	LayerIndex *x, const char *path, const char *target, const Attributes *a, Error *err);
int layer_index_hardlink(LayerIndex *x, const char *path, const char *target, Error *err);
int layer_index_node(
	LayerIndex *x, const char *path, mode_t type, dev_t dev, const Attributes *a, Error *err);
int layer_index_whiteout(LayerIndex *x, const char *path, Error *err);
int layer_index_opaque(LayerIndex *x, const char *path, Error *err);

/* As dir_attributes_each_implicit(). */
int layer_index_each_implicit(const LayerIndex *x,
	int (*told)(void *userdata, const char *path, Error *err), void *userdata, Error *err);

/* Writes the EROFS image into the empty file fd, always the same one for the same tar. tar_size is
 * in bytes, digest in lower-case hex, 32 digits at least: overlayfs tells layers apart by the UUID
 * that is made of them. The index can only be freed afterwards. */
int layer_index_write(LayerIndex *x, uint64_t tar_size, const char *digest, int fd, Error *err);

DEFINE_CLEANUP(LayerIndex *, layer_index_free)
#define _cleanup_layer_index_ _cleanup_(layer_index_freep)
