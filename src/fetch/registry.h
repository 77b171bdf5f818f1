/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Images from registries (OCI distribution specification; Docker registry HTTP API v2). */

#include "fetch/fetch.h"

/* Downloads and imports the image that ref->docker names. */
int registry_fetch(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err);
