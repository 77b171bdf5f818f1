/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/quantity.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

/* Everything is counted in units of 10^-9, the finest that a quantity can tell apart. */
#define NANO_DIGITS 9
#define NANO        1000000000

typedef unsigned __int128 Wide;

typedef enum Family {
	DECIMAL,  /* n u m, none, k M G T P E */
	BINARY,   /* Ki Mi Gi Ti Pi Ei */
	EXPONENT, /* e3, E6 */
} Family;

typedef struct Quantity {
	bool negative;
	Wide nano;
	Family family;
} Quantity;

typedef struct Suffix {
	const char *text;
	Family family;
	int power; /* of 10 (decimal) or of 2 (binary) */
} Suffix;

static const Suffix suffixes[] = {
	{"", DECIMAL, 0},
	{"n", DECIMAL, -9},
	{"u", DECIMAL, -6},
	{"m", DECIMAL, -3},
	{"k", DECIMAL, 3},
	{"M", DECIMAL, 6},
	{"G", DECIMAL, 9},
	{"T", DECIMAL, 12},
	{"P", DECIMAL, 15},
	{"E", DECIMAL, 18},
	{"Ki", BINARY, 10},
	{"Mi", BINARY, 20},
	{"Gi", BINARY, 30},
	{"Ti", BINARY, 40},
	{"Pi", BINARY, 50},
	{"Ei", BINARY, 60},
};

/* The digits of s without their dot, and how many stand behind it. Zeros at the end of a fraction
 * do not count. */
static int eat_mantissa(const char **s, uint64_t *ret, int *ret_decimals)
{
	const char *dot = NULL, *end, *p;
	uint64_t value = 0;
	int decimals = 0;

	for (end = *s; isdigit((unsigned char)*end) || (*end == '.' && !dot); end++)
		if (*end == '.')
			dot = end;
	if (end - *s == (dot ? 1 : 0))
		return -EINVAL;
	for (p = end; dot && p[-1] == '0'; p--)
		;
	for (const char *c = *s; c < p; c++) {
		if (c == dot)
			continue;
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (unsigned)(*c - '0'), &value))
			return -ERANGE;
		decimals += dot && c > dot;
	}
	*s = end;
	*ret = value;
	*ret_decimals = decimals;
	return 0;
}

/* "e" or "E" and up to two digits. A lone "E" is the suffix for 10^18. */
static int parse_exponent(const char *s, int *ret)
{
	bool negative = s[1] == '-';
	int value = 0;

	s += s[1] == '-' || s[1] == '+' ? 2 : 1;
	if (!*s || strlen(s) > 2)
		return -EINVAL;
	for (; *s; s++) {
		if (!isdigit((unsigned char)*s))
			return -EINVAL;
		value = value * 10 + (*s - '0');
	}
	*ret = negative ? -value : value;
	return 0;
}

static int parse_suffix(const char *s, Suffix *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
		if (!streq(s, suffixes[i].text))
			continue;
		*ret = suffixes[i];
		return 0;
	}
	if (*s != 'e' && *s != 'E')
		return -EINVAL;
	ret->family = EXPONENT;
	return parse_exponent(s, &ret->power);
}

/* value * 10^power, rounded up. */
static int scale_decimal(Wide value, int power, Wide *ret)
{
	for (; power > 0 && value > 0; power--)
		if (__builtin_mul_overflow(value, (Wide)10, &value))
			return -ERANGE;
	for (; power < 0 && value > 0; power++)
		value = value / 10 + (value % 10 != 0);
	*ret = value;
	return 0;
}

static int parse(const char *s, Quantity *ret)
{
	Quantity q = {.negative = *s == '-'};
	int r, decimals = 0, power;
	Suffix suffix = {0};
	uint64_t mantissa;
	Wide value;

	s += *s == '-' || *s == '+';
	r = eat_mantissa(&s, &mantissa, &decimals);
	if (r < 0)
		return r;
	r = parse_suffix(s, &suffix);
	if (r < 0)
		return r;
	/* At most 2^64 * 2^60. */
	value = (Wide)mantissa << (suffix.family == BINARY ? suffix.power : 0);
	power = NANO_DIGITS - decimals + (suffix.family == BINARY ? 0 : suffix.power);
	r = scale_decimal(value, power, &q.nano);
	if (r < 0)
		return r;
	if (q.nano > (Wide)INT64_MAX * NANO)
		return -ERANGE;
	q.family = suffix.family;
	*ret = q;
	return 0;
}

int quantity_parse(const char *s, int64_t scale, int64_t *ret)
{
	Quantity q;
	Wide value;
	int r = parse(s, &q);

	if (r < 0)
		return r;
	if (__builtin_mul_overflow(q.nano, (Wide)scale, &value))
		return -ERANGE;
	value = value / NANO + (value % NANO != 0);
	if (value > INT64_MAX)
		return -ERANGE;
	*ret = q.negative ? -(int64_t)value : (int64_t)value;
	return 0;
}

/* Divides by base as long as nothing is lost, at most max times. */
static int take_factors(Wide *value, unsigned base, int max)
{
	int n = 0;

	for (; n<max && * value> 0 && *value % base == 0; n++)
		*value /= base;
	return n;
}

int quantity_canonical(const char *s, char *buf, size_t size)
{
	static const char *const decimal[] = {"n", "u", "m", "", "k", "M", "G", "T", "P", "E"};
	static const char *const binary[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"};
	char exponent[8] = "";
	const char *suffix;
	Quantity q;
	Wide value;
	int n, r = parse(s, &q);

	if (r < 0)
		return r;
	value = q.nano;
	/* Below 1024 and in fractions the binary family has no suffixes. */
	if (q.family == BINARY && (value % NANO != 0 || value < (Wide)1024 * NANO))
		q.family = DECIMAL;
	if (q.family == BINARY) {
		value /= NANO;
		suffix = binary[take_factors(&value, 1024, ARRAY_LEN(binary) - 1)];
	} else {
		n = value == 0 ? 3 : take_factors(&value, 1000, ARRAY_LEN(decimal) - 1);
		if (n != 3)
			(void)snprintf(exponent, sizeof exponent, "e%d", (n - 3) * 3);
		suffix = q.family == DECIMAL ? decimal[n] : exponent;
	}
	if (value > UINT64_MAX)
		return -ERANGE;
	n = snprintf(buf, size, "%s%" PRIu64 "%s", q.negative && value > 0 ? "-" : "",
		(uint64_t)value, suffix);
	return n >= 0 && (size_t)n < size ? 0 : -ERANGE;
}
