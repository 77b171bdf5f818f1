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

const char *timestamp_format(int64_t ns, char buf[static TIMESTAMP_TEXT])
{
	int64_t seconds = ns / NS_PER_SEC, rest = ns % NS_PER_SEC;
	char fraction[8], date[32], zone[24];
	struct tm tm;
	time_t t;

	if (ns == 0) {
		(void)snprintf(buf, TIMESTAMP_TEXT, "0001-01-01 00:00:00 +0000 UTC");
		return buf;
	}
	if (rest < 0) {
		rest += NS_PER_SEC;
		seconds--;
	}
	t = (time_t)seconds;
	(void)localtime_r(&t, &tm);
	(void)strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &tm);
	(void)strftime(zone, sizeof zone, "%z %Z", &tm);
	put_milliseconds(rest / NS_PER_MS, fraction);
	(void)snprintf(buf, TIMESTAMP_TEXT, "%s%s %s", date, fraction, zone);
	return buf;
}
