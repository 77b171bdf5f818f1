/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Shell completion, made from the rows of verbs and options. */

#include "base/strbuf.h"

/* Appends a script for bash. */
void completion_put_bash(StrBuf *out);
