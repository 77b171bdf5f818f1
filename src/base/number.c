/* SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"

#include <errno.h>

static int parse_digits(const char *s, unsigned base, uint64_t max, uint64_t *ret)
{
	const char *digits = base == 8 ? "01234567" : "0123456789";
	uint64_t value = 0;

	if (!*s || s[strspn(s, digits)])
		return -EINVAL;
	for (; *s; s++) {
		unsigned digit = (unsigned)(*s - '0');

		if (value > max / base || digit > max - value * base)
			return -ERANGE;
		value = value * base + digit;
	}
	*ret = value;
	return 0;
}

int number_parse_u64(const char *s, uint64_t max, uint64_t *ret)
{
	return parse_digits(s, 10, max, ret);
}

int number_parse_octal(const char *s, uint64_t max, uint64_t *ret)
{
	return parse_digits(s, 8, max, ret);
}

int number_parse_i64(const char *s, int64_t min, int64_t max, int64_t *ret)
{
	bool negative = s[0] == '-';
	uint64_t magnitude;
	int64_t value;
	int r;

	/* There is one number more below zero than above. */
	r = parse_digits(s + negative, 10, (uint64_t)INT64_MAX + negative, &magnitude);
	if (r < 0)
		return r;
	value = (int64_t)(negative ? -magnitude : magnitude);
	if (value < min || value > max)
		return -ERANGE;
	*ret = value;
	return 0;
}

int number_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
