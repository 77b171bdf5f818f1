/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Images as ACIs, for other stores. */

#include "store/store.h"

/* Writes the image to fd as an ACI that is not compressed: the tar of an ACI as it came, byte for
 * byte; of other images one that shows what their layers show. -EBADMSG when the archive in the
 * store is not that of the image. */
int image_export(const Store *s, const Image *image, int fd, Error *err);
