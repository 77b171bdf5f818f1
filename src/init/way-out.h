/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The way out of a terminal that is in raw mode, where every key goes to somebody else: three times
 * ^] within a second. */

#include <stdbool.h>
#include <sys/types.h>

/* Looks at what was typed. True at the third one. */
bool way_out_typed(const char *data, ssize_t n);
