/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Checksums of layers, to tell later whether their trees still are as they were: names, owners,
 * modes, times, attributes and content. They find damage, not malice: a CRC-64 for each file, added
 * up. What only whoever makes a layer could tell is not in them. */

#include "store/store.h"

/* Reads all of the layer's tree. -ENOENT when it is not there, or the error of reading something.
 */
int layer_checksum(const Store *s, const char *layer, uint64_t *ret, Error *err);

/* The same for a tree that is not in its place: root is a descriptor of it. ret_shown, unless it is
 * NULL, gets that of what pods see: of whiteouts the names only. */
int tree_checksum(int root, uint64_t *ret, uint64_t *ret_shown, Error *err);

/* What was noted for the layer. -ENOENT when nothing was, yet; -EBADMSG when it is damaged. */
int layer_checksum_noted(const Store *s, const char *layer, uint64_t *ret, Error *err);

/* Notes it for a layer that is known to be whole. */
int layer_note_checksum(const Store *s, const char *layer, uint64_t sum, Error *err);

/* Sees to it that later damage of layers can be known: notes the checksums of those that are trees
 * and have none, as they are now, and has the kernel check those that are views (verity.h). 0, or
 * the first error of a layer; the rest is tried all the same. */
int store_secure_layers(const Store *s, Error *err);
