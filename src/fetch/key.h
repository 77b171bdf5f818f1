/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Public keys from the network. */

#include "fetch/http.h"

/* Downloads the file at a URL of http or https into fresh memory, up to KEY_FILE_MAX bytes. Any
 * status but 200 is -EINVAL. */
int key_fetch(const HttpOptions *options, const char *url, char **ret, size_t *ret_len, Error *err);
