/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Making damaged parts of images anew. */

#include "fetch/fetch.h"

/* A part of an image that is damaged or missing. */
typedef struct Damage {
	const Image *image; /* its manifest is NULL where that is what is damaged */
	const char *layer;  /* or else */
	const char *blob;   /* or else the image's own files: manifest and info */
} Damage;

/* The layer of an ACI is unpacked anew from its archive, or put together anew, and so are its own
 * files; everything else is fetched once more from where the image came from, and only that. Pods
 * that run from a layer keep the one that they have. 0, -ENOTSUP when there is no place where to
 * get it from, or the error of getting it. */
int image_repair(const FetchContext *context, const Damage *damage, Error *err);
