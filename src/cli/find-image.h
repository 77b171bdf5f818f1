/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From what a user typed to a stored image. */

#include "cli/fetch.h"
#include "store/store.h"

/* Finds the image of app, fetching it first when the policy wants that; files and archives are
 * imported every time. Without a need to fetch no other process runs. 0 and the loaded image (free
 * with image_free()), marked as used; > 0 an exit status when rkt-fetch failed and said why; or a
 * negative errno. The store is opened anew when fetching created it. */
int image_find(const Fetch *f, Store *store, const AppArgs *app, Image **ret, Error *err);

/* Finds an image in the store only: by ID or unique prefix of one, or by
 * "NAME[:VERSION][,LABEL=VALUE...]", or by the remote reference that it was fetched from. 0,
 * -ENOENT, -ENOTUNIQ, -EINVAL. */
int image_find_stored(
	const Store *store, const char *typed, char ret_key[static STORE_KEY_LEN + 1], Error *err);
