/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ACIs behind URLs, and those that the web pages of their names lead to. */

#include "fetch/fetch.h"

/* Fetches the ACI at the URL of ref, or takes the one that the store has of it when the server says
 * that it still is the same. */
int aci_url_fetch(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err);

/* Finds the ACI of the name and labels of ref, and fetches it. */
int aci_name_fetch(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err);
