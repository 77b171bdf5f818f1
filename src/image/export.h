/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Images as ACIs, for other stores, and what has become of them in pods. */

#include "store/pack.h"
#include "store/store.h"

/* Writes the image to fd as an ACI that is not compressed: the tar of an ACI as it came, byte for
 * byte; of other images one that shows what their layers show. -EBADMSG when the archive in the
 * store is not that of the image. */
int image_export(const Store *s, const Image *image, int fd, Error *err);

/* The root filesystem of an app of a pod that has ended. */
typedef struct PodRoot {
	const char *manifest;    /* the file with the image's manifest */
	const char *const *dirs; /* of an overlay, uppermost first; or one, which is all of it */
	size_t n_dirs;
	TreeIds ids; /* of the pod's users */
} PodRoot;

/* Writes it to fd as an ACI that is compressed by gzip. Paths are relative to the working
 * directory, and the overlay must not be mounted by anybody. */
int image_export_root(const PodRoot *root, int fd, Error *err);
