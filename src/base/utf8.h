/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether text can stand in JSON (RFC 3629). */

#include <stddef.h>
#include "base/macro.h"

/* Well-formed UTF-8: no overlong forms, no surrogates, nothing past U+10FFFF. */
bool utf8_valid(const char *s);
