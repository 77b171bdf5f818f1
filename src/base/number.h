/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whole-string number parsing: no blanks, no trailing text, no silent overflow. */

#include <stdint.h>
#include "base/macro.h"

/* Decimal digits with an optional '-', within [min, max]. 0, -EINVAL for another form, -ERANGE
 * outside. */
int number_parse_i64(const char *s, int64_t min, int64_t max, int64_t *ret);

/* Decimal digits only, at most max. 0, -EINVAL or -ERANGE. */
int number_parse_u64(const char *s, uint64_t max, uint64_t *ret);

/* Octal digits only (a file mode), at most max. 0, -EINVAL or -ERANGE. */
int number_parse_octal(const char *s, uint64_t max, uint64_t *ret);

/* The value of a hexadecimal digit in either case, or -1. */
int number_hex_digit(char c);
