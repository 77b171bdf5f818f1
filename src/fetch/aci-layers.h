/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Of what layers an ACI is: its own tree, and those of the images that it depends on. */

#include "fetch/fetch.h"
#include "spec/image-manifest.h"
#include "store/import.h"

/* An ACI that is unpacked. */
typedef struct OwnTree {
	const char *what; /* names it in messages */
	const char *key;
	const ImageManifest *manifest;
	LayerImport *tree;
	const StrList *implicit; /* directories that the archive does not name */
	int64_t bytes;           /* the sum of its file sizes */
} OwnTree;

typedef struct AciLayers {
	const char *const *names; /* lowest first */
	size_t n;
	int64_t bytes; /* of all of them */
	Arena arena;
} AciLayers;

/* Brings what the image depends on, and puts its layers in place: as a rule its own on top of
 * theirs. Where that would show something else than appc's rules say, they are put together into
 * one layer. On failure dependencies that have come stay. */
int aci_layers_commit(const FetchContext *context, const OwnTree *own, AciLayers *ret, Error *err);
void aci_layers_done(AciLayers *l);

#define _cleanup_aci_layers_ _cleanup_(aci_layers_done)
