/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A layer of directories alone. Layers of OCI images may have files in directories that they do not
 * name; unpacked one over the other such a directory stays as a lower layer has said, but stacked
 * it looks as what unpacking had to make up. This layer is put on top of them, with those
 * directories, and the ones that lead to them, as they should look. */

#include "store/layer-chain.h"

/* Makes the layer for these layers, lowest first, unless the store has it. 1 and its name, 0 when
 * they look right without, or a negative errno. */
int dir_layer_make(const Store *s, const char *const *layers, size_t n,
	char ret[static LAYER_CHAIN_NAME], Error *err);
