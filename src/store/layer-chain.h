/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Names of layers that are made of others. */

#include "store/store.h"

#define LAYER_CHAIN_HEX  64
#define LAYER_CHAIN_NAME (sizeof LAYER_RENDERED + LAYER_CHAIN_HEX)

/* prefix (LAYER_RENDERED or LAYER_DIRS, equally long) and a digest of the names of the layers,
 * lowest first: the same layers have the same name. */
int layer_chain_name(const char *prefix, const char *const *layers, size_t n,
	char ret[static LAYER_CHAIN_NAME], Error *err);
