/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Any text as one safe word: letters, digits, '-', '_' and (not at the start) '.' stay, every other
 * byte becomes %XX. Used for file names and for values in lines. Internal to the store. */

#include "base/strbuf.h"

void escape_add(StrBuf *b, const char *text);

/* Undoes escape_add() in place. 0, or -EINVAL for what it would not have written. */
int escape_undo(char *text);
