/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Text in columns, with the elastic tab stops of Go's text/tabwriter at the settings that rkt uses
 * (minimal width 0, tab width 8, padding 1, padded by tabs): a column is as wide as its widest cell
 * among neighbouring lines that have it. What stands behind the last tab of a line is not part of a
 * column. */

#include "base/strbuf.h"

/* Aligns text (lines that end in '\n', cells separated by '\t') and appends it to out. 0 or
 * -ENOMEM. */
int table_align(const char *text, StrBuf *out);
