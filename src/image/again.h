/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Getting an image of the store once more from where it came from. */

#include "fetch/fetch.h"

/* Fetches the image, which has to come out as the same: that of a registry by the digest of its
 * manifest, an ACI by the URL that it came from, else by its name. Its manifest may be missing:
 * then all that is known are the references that led to it. Layers that the store has are not
 * fetched. 0, -ENOTSUP when nobody knows where it came from, or the error of getting it; then the
 * store is as it was. */
int image_fetch_again(const FetchContext *context, const Image *image, Error *err);
