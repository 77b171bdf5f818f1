/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether a layer that is a view is as it came. Its name is the digest of its tar, and of a tar
 * there is but one index: nothing has to be noted for that when it comes. */

#include "store/store.h"

/* Reads all of the layer's tar. 0; -EBADMSG or -ENOENT with what is wrong, or another negative
 * errno when it cannot be read. */
int layer_view_check(const Store *s, const char *layer, Error *err);
