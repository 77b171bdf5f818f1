/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The clock that nobody sets: for how long something takes, or may take. */

#include <stdint.h>
#include <time.h>

static inline int64_t monotonic_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int64_t monotonic_ms(void)
{
	return monotonic_ns() / 1000000;
}

static inline time_t monotonic_seconds(void)
{
	return (time_t)(monotonic_ns() / 1000000000);
}
