/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Looking at whole images, and at all of the store. */

#include "image/repair.h"

/* Checks the layers of an image, and those of ACIs that have no checksum yet against the archive.
 * Damaged ones are made anew, of which damaged() hears before. 0, 1 when of some nobody can tell
 * and the others are whole, or the error of what could not be made anew. */
int image_verify(const FetchContext *context, const Image *image,
	void (*damaged)(void *userdata, const Error *reason), void *userdata, Error *err);

/* What hears of a check of the store. */
typedef struct StoreCheck {
	bool repair;
	/* A part of an image is damaged. */
	void (*damaged)(void *userdata, const char *key, const Error *reason);
	/* It was made anew, or could not be. */
	void (*repaired)(void *userdata, const char *key);
	void (*not_repaired)(void *userdata, const char *key, const Error *reason);
	/* A layer of it has no checksum yet, and there is nothing else to compare it with. */
	void (*unchecked)(void *userdata, const char *key, const char *layer);
	void *userdata;
	size_t n_damaged, n_repaired; /* results */
} StoreCheck;

/* Checks all layers, documents and archives of all images. Unless it is to repair something it
 * changes nothing. 0, or the error of reading the store. */
int store_check(const FetchContext *context, StoreCheck *check, Error *err);
