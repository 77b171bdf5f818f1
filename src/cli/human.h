/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Times and sizes as people read them, in the words of rkt's tables. */

#include <stddef.h>
#include <stdint.h>

#define HUMAN_TEXT 32 /* bytes that hold any of these */

/* "now", "2 minutes ago", "3 hours from now", "a long while ago": when seen from now, both in ns.
 * Returns buf. */
const char *human_time(int64_t when, int64_t now, char buf[static HUMAN_TEXT]);

/* "7B", "1.5MiB", "12MiB". Returns buf. */
const char *human_size(uint64_t bytes, char buf[static HUMAN_TEXT]);
