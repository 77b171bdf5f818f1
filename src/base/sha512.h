/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* SHA-512 (FIPS 180-4) of something small, for programs that link no library of such: names that
 * others make by it. Images are digested elsewhere. */

#include <stddef.h>
#include <stdint.h>

#define SHA512_LEN 64

void sha512(const void *data, size_t len, uint8_t ret[static SHA512_LEN]);
