/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Making damaged parts of images anew. */

#include "fetch/fetch.h"

/* A part of an image that is damaged or missing. */
typedef struct Damage {
	const Image *image;
	const char *layer; /* NULL: a blob */
	const char *blob;  /* NULL: a layer */
} Damage;

/* The layer is unpacked anew from the archive of its ACI, or put together anew; other layers and
 * documents are fetched once more from the registry that they came from, and only they. Pods that
 * run from a layer keep the one that they have. 0, -ENOTSUP when there is no place where to get it
 * from, or the error of getting it. */
int image_repair(const FetchContext *context, const Damage *damage, Error *err);
