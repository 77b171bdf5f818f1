/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The layers of one image, downloaded and unpacked into the store, several at a time. */

#include "fetch/fetch.h"
#include "fetch/image-source.h"

typedef char LayerDiffId[80];

typedef struct LayerSet {
	const FetchContext *context;
	const ImageSource *source;
	const OciDescriptor *layers; /* a digest of NULL: nobody told, the diff id is the proof */
	const char *const *diff_ids; /* "sha256:..." of each layer's tar; NULL: nobody has told */
	LayerDiffId *found;          /* without diff_ids: what was found out is put here */
	size_t n;
	bool *added; /* one for each: whether layers_fetch() has brought it into the store */
} LayerSet;

/* Brings every layer that the store does not have yet. Each is checked (size, digest, diff id)
 * before it becomes visible. Only one process at a time brings a given layer; others wait and find
 * it there. The first failure stops the rest. */
int layers_fetch(const LayerSet *set, Error *err);

/* Takes back what layers_fetch() has brought, whole or in part, as long as nobody else is using the
 * store's layers: for an image that will not come. Best effort, since what stays has no name and is
 * collected with the garbage. Gives up the context's lock. */
void layers_discard(const LayerSet *set);

/* The store's name of a layer, from its diff id. */
void layer_name(const char *diff_id, char *buf, size_t size);
