/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether what the store has is still as it came. */

#include "store/store.h"

/* The layer's tree against the checksum that was noted, or its view against its tar. 0, 1 when
 * nothing was noted yet, -EBADMSG or -ENOENT with what is wrong, another negative errno when it
 * cannot be read. */
int layer_check(const Store *s, const char *layer, Error *err);

/* The manifest of an image that is loaded. That of an ACI is whole when it can be read: what it is
 * of is the archive. 0 or -EBADMSG. */
int manifest_check(const Image *image, Error *err);

/* A blob against the digest that it is named by; the archive of an ACI is decompressed for that.
 * Result as layer_check(), never 1. */
int blob_check(const Store *s, const char *name, Error *err);
