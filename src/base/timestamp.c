/* SPDX-License-Identifier: Apache-2.0 */
#include "base/timestamp.h"

#include <stdio.h>

int64_t timestamp_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return timestamp_of(now);
}

/* ".045", ".9", or nothing. */
static void put_milliseconds(int64_t ms, char buf[static 8])
{
	int digits = 3;

	buf[0] = '\0';
	if (ms == 0)
		return;
	for (; ms % 10 == 0; ms /= 10)
		digits--;
	(void)snprintf(buf, 8, ".%0*d", digits, (int)ms);
}

/* Nanoseconds behind the second, also before the epoch. */
static int64_t behind_second(int64_t ns)
{
	int64_t rest = ns % NS_PER_SEC;

	return rest < 0 ? rest + NS_PER_SEC : rest;
}

static const char *format(int64_t ns, const char *fraction, char buf[static TIMESTAMP_TEXT])
{
	char date[32], zone[24];
	struct tm tm;
	time_t t;

	if (ns == 0) {
		(void)snprintf(buf, TIMESTAMP_TEXT, "0001-01-01 00:00:00 +0000 UTC");
		return buf;
	}
	t = (time_t)((ns - behind_second(ns)) / NS_PER_SEC);
	(void)localtime_r(&t, &tm);
	(void)strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &tm);
	(void)strftime(zone, sizeof zone, "%z %Z", &tm);
	(void)snprintf(buf, TIMESTAMP_TEXT, "%s%s %s", date, fraction, zone);
	return buf;
}

const char *timestamp_format(int64_t ns, char buf[static TIMESTAMP_TEXT])
{
	char fraction[8];

	put_milliseconds(behind_second(ns) / NS_PER_MS, fraction);
	return format(ns, fraction, buf);
}

const char *timestamp_format_exact(int64_t ns, char buf[static TIMESTAMP_TEXT])
{
	char fraction[8];

	(void)snprintf(fraction, sizeof fraction, ".%06d", (int)(behind_second(ns) / 1000));
	return format(ns, fraction, buf);
}
