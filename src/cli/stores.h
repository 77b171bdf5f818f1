/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whose image stores a caller sees and changes. The one of the data directory is root's; a member
 * of the group rkt, who may only read that, has one in DATA/users/UID (docs/formats/store.md). */

#include "cli/global-options.h"
#include "store/store.h"

/* The data directory whose images the caller may change: the one of the options, or for who may not
 * write there, but in its "users", the one that is theirs, which is made with create. Fresh memory.
 * 0; 1 when it is a member's own; -EPERM when somebody else has made what should be; or another
 * negative errno. */
int stores_data_dir(const GlobalOptions *global, bool create, char **ret, Error *err);

typedef struct SeenStore {
	char *data_dir;
	Store store;
} SeenStore;

/* The stores that a caller sees, in the order in which an image is looked for. */
typedef struct Stores {
	SeenStore items[2];
	size_t n;
} Stores;

#define STORES_INIT                                                                                \
	{                                                                                          \
		.items = { {.store = STORE_INIT}, {.store = STORE_INIT} }                          \
	}

int stores_open(const GlobalOptions *global, Stores *ret, Error *err);
void stores_done(Stores *s);

/* Finds an image as image_find_stored() does, in the first store that has it. */
int stores_find(const Stores *s, const char *typed, const SeenStore **ret,
	char ret_key[static STORE_KEY_LEN + 1], Error *err);

#define _cleanup_stores_ _cleanup_(stores_done)
