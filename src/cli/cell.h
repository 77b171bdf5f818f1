/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Text of strangers in a table. */

#include "base/strbuf.h"

/* Adds len bytes of text as what can be shown: control characters, those of UTF-8 and what is no
 * UTF-8 among them, as "\n", "\t" or "\x1b". */
void cell_add(StrBuf *table, const char *text, size_t len);
