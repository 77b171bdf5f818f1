/* SPDX-License-Identifier: Apache-2.0 */
#include "base/timestamp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* 2026-11-21 21:00:46 UTC */
#define SECONDS INT64_C(1795294846)

static void in_zone(const char *zone)
{
	assert_int_equal(setenv("TZ", zone, 1), 0);
	tzset();
}

static void expect(int64_t ns, const char *text)
{
	char buf[TIMESTAMP_TEXT];

	assert_string_equal(timestamp_format(ns, buf), text);
}

static void test_fraction(void **state)
{
	in_zone("UTC");
	expect(SECONDS * 1000000000 + 594236092, "2026-11-21 21:00:46.594 +0000 UTC");
	expect(SECONDS * 1000000000 + 900000000, "2026-11-21 21:00:46.9 +0000 UTC");
	expect(SECONDS * 1000000000 + 45999999, "2026-11-21 21:00:46.045 +0000 UTC");
	expect(SECONDS * 1000000000 + 50000000, "2026-11-21 21:00:46.05 +0000 UTC");
	expect(SECONDS * 1000000000 + 999999, "2026-11-21 21:00:46 +0000 UTC");
}

static void test_zone(void **state)
{
	in_zone("CET-1");
	expect(SECONDS * 1000000000, "2026-11-21 22:00:46 +0100 CET");
}

static void test_exact(void **state)
{
	char buf[TIMESTAMP_TEXT];

	in_zone("UTC");
	assert_string_equal(timestamp_format_exact(SECONDS * 1000000000, buf),
		"2026-11-21 21:00:46.000000 +0000 UTC");
	assert_string_equal(timestamp_format_exact(SECONDS * 1000000000 + 45999999, buf),
		"2026-11-21 21:00:46.045999 +0000 UTC");
	assert_string_equal(
		timestamp_format_exact(-500000000, buf), "1969-12-31 23:59:59.500000 +0000 UTC");
}

static void test_unknown(void **state)
{
	in_zone("CET-1");
	expect(0, "0001-01-01 00:00:00 +0000 UTC");
}

static void test_before_epoch(void **state)
{
	in_zone("UTC");
	expect(-500000000, "1969-12-31 23:59:59.5 +0000 UTC");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fraction),
		cmocka_unit_test(test_zone),
		cmocka_unit_test(test_exact),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_before_epoch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
