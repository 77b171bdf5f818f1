/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/human.h"

#include <inttypes.h>
#include <stdio.h>
#include "base/duration.h"
#include "base/macro.h"

#define MINUTE INT64_C(60)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define WEEK   (7 * DAY)
#define MONTH  (30 * DAY)
#define YEAR   (12 * MONTH)

/* Distances below limit are told by text, which takes a number when unit is not zero: the distance
 * in units. */
static const struct {
	int64_t limit;
	const char *text;
	int64_t unit;
} distances[] = {
	{2, "1 second", 0},
	{MINUTE, "seconds", 1},
	{2 * MINUTE, "1 minute", 0},
	{HOUR, "minutes", MINUTE},
	{2 * HOUR, "1 hour", 0},
	{DAY, "hours", HOUR},
	{2 * DAY, "1 day", 0},
	{WEEK, "days", DAY},
	{2 * WEEK, "1 week", 0},
	{MONTH, "weeks", WEEK},
	{2 * MONTH, "1 month", 0},
	{YEAR, "months", MONTH},
	{18 * MONTH, "1 year", 0},
	{2 * YEAR, "2 years", 0},
	{37 * YEAR, "years", YEAR},
	{INT64_MAX, "a long while", 0},
};

const char *human_time(int64_t when, int64_t now, char buf[static HUMAN_TEXT])
{
	const char *suffix = when > now ? "from now" : "ago";
	int64_t distance = (when > now ? when - now : now - when) / NS_PER_SEC;
	size_t i = 0;

	if (distance < 1) {
		(void)snprintf(buf, HUMAN_TEXT, "now");
		return buf;
	}
	while (distance >= distances[i].limit)
		i++;
	if (distances[i].unit)
		(void)snprintf(buf, HUMAN_TEXT, "%" PRId64 " %s %s", distance / distances[i].unit,
			distances[i].text, suffix);
	else
		(void)snprintf(buf, HUMAN_TEXT, "%s %s", distances[i].text, suffix);
	return buf;
}

const char *human_size(uint64_t bytes, char buf[static HUMAN_TEXT])
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double value = (double)bytes;
	uint64_t tenths, whole;
	size_t unit = 0;

	if (bytes < 10) {
		(void)snprintf(buf, HUMAN_TEXT, "%" PRIu64 "B", bytes);
		return buf;
	}
	for (; value >= 1024 && unit + 1 < ARRAY_LEN(units); unit++)
		value /= 1024;
	tenths = (uint64_t)(value * 10 + 0.5);
	whole = tenths / 10;
	tenths %= 10;
	if (whole < 10) {
		(void)snprintf(
			buf, HUMAN_TEXT, "%" PRIu64 ".%" PRIu64 "%s", whole, tenths, units[unit]);
	} else {
		/* Halves go to the even neighbour, as in Go's %.0f. */
		whole += tenths > 5 || (tenths == 5 && whole % 2 == 1);
		(void)snprintf(buf, HUMAN_TEXT, "%" PRIu64 "%s", whole, units[unit]);
	}
	return buf;
}
