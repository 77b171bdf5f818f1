/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The file cas/image/KEY/info: what the store knows about an image beside its manifest. Lines
 * "key=value" in a fixed order (docs/formats/store.md). Internal to the store. */

#include "store/store.h"

#define IMAGE_INFO_MAX (1u << 20)

typedef struct ImageInfo {
	ImageFormat format;
	int64_t import_time; /* ns since the epoch */
	int64_t size;
	bool latest;
	bool on_disk;
	NameValues labels;
	const char **layers; /* lowest first */
	size_t n_layers;
} ImageInfo;

/* The text of the file, in fresh memory. */
int image_info_format(const ImageInfo *info, char **ret, size_t *ret_len, Error *err);

/* Reads the file of an image into arena. -ENOENT when there is no such image or it is lost
 * (standing.h), -EBADMSG for anything that image_info_format() does not write. */
int image_info_load(const Store *s, const char *key, Arena *arena, ImageInfo *ret, Error *err);
