/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Images of what somebody has put together by other means. */

#include "fetch/fetch.h"

/* Makes an ACI with this name (NAME[:VERSION][,LABEL=VALUE...]) of source, a directory or a tar
 * that holds a root filesystem, and stores it. It runs /bin/sh as root unless told otherwise.
 * -EINVAL for a name that is none. */
int image_import_root(const FetchContext *context, const char *source, const char *name,
	char ret_key[static STORE_KEY_LEN + 1], Error *err);
