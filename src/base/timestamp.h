/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Points in time: nanoseconds since the epoch, 0 for "not known". */

#include <stdint.h>
#include <time.h>
#include "base/duration.h"

#define TIMESTAMP_TEXT 64 /* bytes that hold any printed time */

/* What system calls give, as one number. */
static inline int64_t timestamp_of(struct timespec t)
{
	return (int64_t)t.tv_sec * NS_PER_SEC + t.tv_nsec;
}

/* The wall clock. */
int64_t timestamp_now(void);

/* Prints in local time, by Go's layout "2006-01-02 15:04:05.999 -0700 MST": at most three decimals
 * of the second, trailing zeros dropped. 0 is "0001-01-01 00:00:00 +0000 UTC", as Go prints its
 * zero time. Returns buf. */
const char *timestamp_format(int64_t ns, char buf[static TIMESTAMP_TEXT]);

/* The same with six decimals, whatever they are: for columns. */
const char *timestamp_format_exact(int64_t ns, char buf[static TIMESTAMP_TEXT]);
