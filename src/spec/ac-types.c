/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/ac-types.h"

#include <ctype.h>
#include <stdlib.h>
#include <errno.h>

#define IDENTIFIER_MARKS "-._~/"
#define NAME_MARKS       "-"

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Marks may stand side by side, but not at the edges. */
static bool plain_with_marks(const char *s, const char *marks)
{
	size_t n = strlen(s);

	if (n == 0 || !is_plain(s[0]) || !is_plain(s[n - 1]))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_plain(s[i]) && !strchr(marks, s[i]))
			return false;
	return true;
}

bool ac_identifier_valid(const char *s)
{
	return plain_with_marks(s, IDENTIFIER_MARKS);
}

bool ac_name_valid(const char *s)
{
	return plain_with_marks(s, NAME_MARKS);
}

static int sanitize(const char *s, const char *marks, char filler, char **ret)
{
	char *copy = strdup(s), *start = copy;
	size_t n;

	if (!copy)
		return -ENOMEM;
	for (char *c = copy; *c; c++) {
		*c = (char)tolower((unsigned char)*c);
		if (!is_plain(*c) && !strchr(marks, *c))
			*c = filler;
	}
	while (*start && !is_plain(*start))
		start++;
	n = strlen(start);
	while (n > 0 && !is_plain(start[n - 1]))
		n--;
	if (n == 0) {
		free(copy);
		return -EINVAL;
	}
	memmove(copy, start, n);
	copy[n] = '\0';
	*ret = copy;
	return 0;
}

int ac_name_sanitize(const char *s, char **ret)
{
	return sanitize(s, NAME_MARKS, '-', ret);
}

int ac_identifier_sanitize(const char *s, char **ret)
{
	return sanitize(s, IDENTIFIER_MARKS, '_', ret);
}

/* Steps over a number without leading zeros. */
static bool eat_number(const char **s)
{
	const char *start = *s;

	while (isdigit((unsigned char)**s))
		(*s)++;
	return *s - start == 1 || (*s - start > 1 && *start != '0');
}

/* Steps over identifiers with dots between them, as they follow '-' and '+'. */
static bool eat_identifiers(const char **s)
{
	do {
		const char *start = ++*s;

		while (isalnum((unsigned char)**s) || **s == '-')
			(*s)++;
		if (*s == start)
			return false;
	} while (**s == '.');
	return true;
}

bool ac_semver_valid(const char *s)
{
	for (int i = 0; i < 3; i++) {
		if (i > 0 && *s++ != '.')
			return false;
		if (!eat_number(&s))
			return false;
	}
	if (*s == '-' && !eat_identifiers(&s))
		return false;
	if (*s == '+' && !eat_identifiers(&s))
		return false;
	return !*s;
}

/* Exactly n digits with a value in [min, max]. */
static bool eat_digits(const char **s, int n, int min, int max, int *ret)
{
	int value = 0;

	for (; n > 0; n--, (*s)++) {
		if (!isdigit((unsigned char)**s))
			return false;
		value = value * 10 + (**s - '0');
	}
	*ret = value;
	return value >= min && value <= max;
}

static bool eat_char(const char **s, const char *set)
{
	if (!**s || !strchr(set, **s))
		return false;
	(*s)++;
	return true;
}

static int days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool eat_fraction(const char **s)
{
	const char *start;

	if (**s != '.')
		return true;
	start = ++*s;
	while (isdigit((unsigned char)**s))
		(*s)++;
	return *s > start;
}

bool ac_date_valid(const char *s)
{
	int year, month, day, n;

	if (!eat_digits(&s, 4, 0, 9999, &year) || !eat_char(&s, "-") ||
		!eat_digits(&s, 2, 1, 12, &month) || !eat_char(&s, "-") ||
		!eat_digits(&s, 2, 1, days_in_month(year, month), &day))
		return false;
	if (!eat_char(&s, "Tt") || !eat_digits(&s, 2, 0, 23, &n) || !eat_char(&s, ":") ||
		!eat_digits(&s, 2, 0, 59, &n) || !eat_char(&s, ":") ||
		!eat_digits(&s, 2, 0, 60, &n) || !eat_fraction(&s))
		return false;
	if (eat_char(&s, "Zz"))
		return !*s;
	return eat_char(&s, "+-") && eat_digits(&s, 2, 0, 23, &n) && eat_char(&s, ":") &&
	       eat_digits(&s, 2, 0, 59, &n) && !*s;
}
