/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What takes space in the store. */

#include "store/store.h"

typedef enum StoreItemKind {
	STORE_ITEM_LAYER,   /* that is a tree; id: its name; the sum of file sizes that was noted */
	STORE_ITEM_VIEW,    /* the same, that is a view; the sizes of its tar and its index */
	STORE_ITEM_ARCHIVE, /* an ACI as it came; id: the image's key */
	STORE_ITEM_DOCUMENT, /* a manifest or config of an OCI image; id: the name of the blob */
	STORE_ITEM_MANIFEST, /* what rkt has noted of an image; id: its key */
	STORE_ITEM_DOWNLOAD, /* what has come of a download that was cut off; id: what it is of */
	STORE_ITEM_REPLACED, /* a layer that another has come for; id: the name of its directory */
} StoreItemKind;

typedef struct StoreItem {
	StoreItemKind kind;
	const char *id;
	int64_t bytes;
} StoreItem;

/* Tells of all that is there, kind by kind, whether or not anybody needs it. Trees are not read.
 * What comes or goes meanwhile may be among it or not. 0, or the first error, visit's too. */
int store_usage(const Store *s, int (*visit)(void *userdata, const StoreItem *item, Error *err),
	void *userdata, Error *err);
