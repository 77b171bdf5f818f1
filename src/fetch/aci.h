/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* appc images (ACIs): one archive with a manifest and a root file system. The store keeps the
 * archive as it came and unpacks its rootfs/ as the image's only layer. The image ID is the SHA-512
 * of the uncompressed tar. */

#include "fetch/fetch.h"

/* Imports the ACI at ref->path. */
int aci_fetch_file(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err);

/* Downloads and imports the ACI at the URL ref->remote. */
int aci_fetch_url(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err);
