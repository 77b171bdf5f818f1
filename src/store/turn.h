/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Turning layers over that were unpacked, where views did not work or were not known: into views
 * of tars that are made of their trees (docs/internals/views.md). */

#include "store/import.h"

/* Makes a view of the layer, all of which is on the disk then, for layer_import_replace(). 1, and
 * *ret is the caller's; 0 for a layer that stays what it is: one that is a view, is not on disk
 * yet, has files with holes, is put together of others, or has its archive; -ENOENT when it is not
 * there, -EBADMSG for one that is damaged, -ENOTSUP for one that a view would not show as it is,
 * -ENOSPC before the disk is full of it, or another negative errno. The store is as it was. */
int layer_turn(const Store *s, const char *layer, LayerImport **ret, Error *err);
