/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Lengths of time in the text form of Go's time.Duration, which users of rkt write and read:
 * "1m30s", "250ms", "24h0m0s". */

#include <stddef.h>
#include <stdint.h>

#define NS_PER_MS  INT64_C(1000000)
#define NS_PER_SEC INT64_C(1000000000)

#define DURATION_TEXT 32 /* bytes that hold any printed duration */

/* Parses an optional sign and numbers with units (ns, us, µs, ms, s, m, h; fractions allowed), or
 * "0". The value is in nanoseconds. 0, -EINVAL for another form, -ERANGE past int64. */
int duration_parse(const char *s, int64_t *ret_ns);

/* Prints as Go does: hours, minutes and seconds from the first that is not zero on ("30m0s"), below
 * one second in the largest fitting unit ("1.5ms"), "0s" for nothing. Returns buf. */
const char *duration_format(int64_t ns, char buf[static DURATION_TEXT]);
