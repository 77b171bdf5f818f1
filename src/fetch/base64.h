/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Base 64 (RFC 4648, section 4), as logins are written in. */

#include <stddef.h>

/* Fresh, NUL-terminated memory. 0 or -ENOMEM. */
int base64_encode(const void *data, size_t len, char **ret);

/* Reads len characters, with or without the '=' at the end, and nothing between them. The result
 * is NUL-terminated, and may hold NUL bytes. 0, -EINVAL or -ENOMEM. */
int base64_decode(const char *text, size_t len, char **ret, size_t *ret_len);
