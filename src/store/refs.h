/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* cas/ref: which images carry a name, and which image a remote reference gave last. A reference
 * whose image is not there means nothing, so that an image becomes visible, and ceases to be, by
 * one rename. Internal to the store; the public lookups are store_find_by_name() and
 * store_find_remote(). */

#include "store/store.h"

/* Takes the lock (an flock on cas/ref) that adding and removing images hold. Returns the descriptor
 * or a negative errno. */
int refs_lock(const Store *s, Error *err);

/* Adds, durably with sync. Existing ones stay. */
int refs_add_name(const Store *s, const char *name, const char *key, bool sync, Error *err);

/* Makes ref mean what record says, durably with sync. */
int refs_set_remote(
	const Store *s, const char *ref, const RemoteRecord *record, bool sync, Error *err);

/* What was noted for ref, whether or not its image is there. -ENOENT when nothing was. */
int refs_find_remote(const Store *s, const char *ref, RemoteRecord *ret, Error *err);

/* Removes every reference to key: that of name, or of all names where name is NULL, and the remote
 * ones. */
int refs_remove(const Store *s, const char *name, const char *key, Error *err);
