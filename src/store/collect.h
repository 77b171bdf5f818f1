/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Getting rid of what no image needs. The caller holds the lock of store_lock_prepare()
 * exclusively, so that nobody is just bringing an image. */

#include "store/store.h"

typedef struct Collection {
	const StrList *keep; /* layers that others need than the store's images */
	int64_t max_age;     /* seconds since which nobody has gone on with a download that was cut
				off */
	/* Hears of each layer that was removed; what else is removed nobody knows by name. */
	void (*removed)(void *userdata, const char *layer);
	void *userdata;
} Collection;

/* Removes layers that no image names, blobs of no image, and parts of downloads. While there are
 * images that cannot be read only the last are removed, since those might need anything:
 * *ret_damaged of them. 0, also without a store, or the first error; the rest is tried all the
 * same. */
int store_collect(Store *s, const Collection *c, size_t *ret_damaged, Error *err);

/* Whether there may be views that pods share: a look at one file. */
bool store_has_views(const Store *s);

/* Drops the views of layers that keep does not name from those that pods share, and with the last
 * of them what holds them. Pods that have them mounted keep them. Best effort. */
void store_drop_views(const Store *s, const StrList *keep);
