/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Checksums of layers, to tell later whether their trees still are as they were: names, owners,
 * modes, times, attributes and content. They find damage, not malice: a CRC-64 for each file, added
 * up. What only whoever makes a layer could tell is not in them. */

#include "store/store.h"

/* Reads all of the layer's tree. -ENOENT when it is not there, or the error of reading something.
 */
int layer_checksum(const Store *s, const char *layer, uint64_t *ret, Error *err);

/* What was noted for the layer. -ENOENT when nothing was, yet. */
int layer_checksum_noted(const Store *s, const char *layer, uint64_t *ret, Error *err);

/* Notes the checksums of all layers that have none. 0, or the first error of a layer; the rest is
 * tried all the same. */
int store_note_checksums(const Store *s, Error *err);
