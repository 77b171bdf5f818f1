/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Layers whose checksum was not noted when they came. */

#include "store/store.h"

/* Unpacks the archive of an ACI beside the layer of that name and compares the two; directories
 * that the archive does not name are taken as the layer has them. 0 when they are the same: with
 * note the layer has a checksum from then on. -EBADMSG when they differ; 1 when there is no archive
 * of that name that is whole, or the layer is none of an archive alone. */
int layer_compare(const Store *s, const char *layer, bool note, Error *err);
