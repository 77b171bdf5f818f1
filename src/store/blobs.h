/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which blobs an image has. */

#include "store/store.h"

/* Adds the names of the image's blobs to *ret, with memory from arena: the archive of an ACI, or
 * the manifest and config of another image, as far as it has them. Its manifest is loaded. 0 or
 * -ENOMEM.
 */
int image_blobs(const Image *image, Arena *arena, StrList *ret, Error *err);
