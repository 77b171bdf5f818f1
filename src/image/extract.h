/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Images as files outside of the store. */

#include "store/store.h"

/* How an image becomes a directory. */
typedef struct ExtractOptions {
	bool rootfs_only; /* what is in the image's root, instead of "manifest" and "rootfs" */
	bool whole;       /* with what the image depends on, as pods see it */
} ExtractOptions;

/* Fills the empty directory target. Root restores owners and attributes; for others the files are
 * their own. -EBADMSG when the archive in the store is not that of the image. */
int image_extract(
	const Store *s, const Image *image, int target, const ExtractOptions *options, Error *err);
