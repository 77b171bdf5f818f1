/* SPDX-License-Identifier: Apache-2.0 */
#include "base/duration.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include "base/macro.h"

typedef struct Unit {
	const char *name;
	uint64_t ns;
} Unit;

/* A name that another one begins with stands behind it. */
static const Unit units[] = {
	{"ns", 1},
	{"us", 1000},
	{"µs", 1000}, /* micro sign */
	{"μs", 1000}, /* Greek mu */
	{"ms", 1000000},
	{"s", 1000000000},
	{"m", UINT64_C(60) * 1000000000},
	{"h", UINT64_C(3600) * 1000000000},
};

static const Unit *parse_unit(const char **s)
{
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		const char *rest = startswith(*s, units[i].name);

		if (rest) {
			*s = rest;
			return &units[i];
		}
	}
	return NULL;
}

/* "12.5": the whole part, and the part behind the point as fraction/scale. Digits past what scale
 * can hold do not count. */
static int parse_number(const char **s, uint64_t *whole, uint64_t *fraction, uint64_t *scale)
{
	bool digits = false;

	*whole = *fraction = 0;
	*scale = 1;
	for (; **s >= '0' && **s <= '9'; (*s)++) {
		digits = true;
		if (*whole > (uint64_t)INT64_MAX / 10)
			return -ERANGE;
		*whole = *whole * 10 + (uint64_t)(**s - '0');
	}
	if (**s == '.') {
		for ((*s)++; **s >= '0' && **s <= '9'; (*s)++) {
			digits = true;
			if (*scale >= 1000000)
				continue;
			*fraction = *fraction * 10 + (uint64_t)(**s - '0');
			*scale *= 10;
		}
	}
	return digits ? 0 : -EINVAL;
}

static int add_part(const char **s, uint64_t *total)
{
	uint64_t whole, fraction, scale, part;
	const Unit *unit;
	int r = parse_number(s, &whole, &fraction, &scale);

	if (r < 0)
		return r;
	unit = parse_unit(s);
	if (!unit)
		return -EINVAL;
	/* fraction is below a million and the largest unit is 3.6e12 ns: no overflow. */
	if (__builtin_mul_overflow(whole, unit->ns, &part) ||
		__builtin_add_overflow(part, fraction * unit->ns / scale, &part) ||
		__builtin_add_overflow(*total, part, total) || *total > (uint64_t)INT64_MAX)
		return -ERANGE;
	return 0;
}

int duration_parse(const char *s, int64_t *ret_ns)
{
	bool negative = *s == '-';
	uint64_t total = 0;

	if (*s == '-' || *s == '+')
		s++;
	if (!*s)
		return -EINVAL;
	if (streq(s, "0")) {
		*ret_ns = 0;
		return 0;
	}
	while (*s) {
		int r = add_part(&s, &total);

		if (r < 0)
			return r;
	}
	*ret_ns = negative ? -(int64_t)total : (int64_t)total;
	return 0;
}

/* value/unit with up to digits decimals, trailing zeros dropped. */
static size_t put_decimal(char *buf, size_t size, uint64_t value, uint64_t unit, int digits)
{
	uint64_t fraction = value % unit;
	int n;

	if (fraction == 0)
		return (size_t)snprintf(buf, size, "%" PRIu64, value / unit);
	while (fraction % 10 == 0) {
		fraction /= 10;
		digits--;
	}
	n = snprintf(buf, size, "%" PRIu64 ".%0*" PRIu64, value / unit, digits, fraction);
	return (size_t)n;
}

static size_t put_below_second(char *buf, size_t size, uint64_t ns)
{
	const char *unit = "ns";
	uint64_t scale = 1;
	int digits = 0;
	size_t n;

	if (ns >= 1000000) {
		unit = "ms";
		scale = 1000000;
		digits = 6;
	} else if (ns >= 1000) {
		unit = "µs";
		scale = 1000;
		digits = 3;
	}
	n = put_decimal(buf, size, ns, scale, digits);
	return n + (size_t)snprintf(buf + n, size - n, "%s", unit);
}

const char *duration_format(int64_t ns, char buf[static DURATION_TEXT])
{
	uint64_t rest = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
	uint64_t minutes = rest / NS_PER_SEC / 60;
	size_t n = 0;

	if (rest == 0) {
		(void)snprintf(buf, DURATION_TEXT, "0s");
		return buf;
	}
	if (ns < 0)
		buf[n++] = '-';
	if (rest < NS_PER_SEC) {
		(void)put_below_second(buf + n, DURATION_TEXT - n, rest);
		return buf;
	}
	if (minutes >= 60)
		n += (size_t)snprintf(buf + n, DURATION_TEXT - n, "%" PRIu64 "h", minutes / 60);
	if (minutes > 0)
		n += (size_t)snprintf(buf + n, DURATION_TEXT - n, "%" PRIu64 "m", minutes % 60);
	n += put_decimal(
		buf + n, DURATION_TEXT - n, rest % (60 * (uint64_t)NS_PER_SEC), NS_PER_SEC, 9);
	(void)snprintf(buf + n, DURATION_TEXT - n, "s");
	return buf;
}
