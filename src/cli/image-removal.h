/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Removing images one after the other, and saying so. */

#include "store/store.h"

typedef struct ImageRemoval {
	Store *store;
	const char *data_dir;
	size_t removed, stale, failed;
} ImageRemoval;

/* Removes the image with this ID and says so, or what keeps it from being removed. */
void image_removal_one(ImageRemoval *removal, const char *key);

/* Says how many were removed. 0, or -EIO with what could not be done. */
int image_removal_sum_up(const ImageRemoval *removal, Error *err);
