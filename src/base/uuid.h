/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Version 4 UUIDs in their text form, which is the only form the engine uses (RFC 4122). */

#include "base/macro.h"

#define UUID_TEXT 37 /* 36 characters and the terminator */

/* Writes a fresh random UUID in lower case. 0 or a negative errno. */
int uuid_generate(char ret[static UUID_TEXT]);

/* Whether s is 8-4-4-4-12 hex digits in lower case. */
bool uuid_valid(const char *s);
