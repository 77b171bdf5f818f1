/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* ACIs in files of this machine. */

#include "fetch/fetch.h"

/* Imports the ACI file of ref. */
int aci_file_fetch(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err);
