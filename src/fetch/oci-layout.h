/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Images from a directory in OCI image layout (OCI image specification, "Image Layout"). */

#include "fetch/fetch.h"

/* Imports the image whose tag matches ref->tag (fetch/image-tag.h), or the only one, from the
 * directory ref->path. */
int oci_layout_fetch(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err);
