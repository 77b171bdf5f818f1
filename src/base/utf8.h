/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether text can stand in JSON (RFC 3629). */

#include <stddef.h>
#include "base/macro.h"

/* Well-formed UTF-8: no overlong forms, no surrogates, nothing past U+10FFFF. */
bool utf8_valid(const char *s);

/* How many bytes the character at s has, of which max (> 0) can be read. 0 when there is no
 * well-formed one. */
size_t utf8_char(const char *s, size_t max);
