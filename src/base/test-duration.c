/* SPDX-License-Identifier: Apache-2.0 */
#include "base/duration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <errno.h>
#include <cmocka.h>
#include "base/macro.h"

#define SECOND INT64_C(1000000000)

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} cases[] = {
		{"0", 0},
		{"0s", 0},
		{"30m", 30 * 60 * SECOND},
		{"1h30m", 90 * 60 * SECOND},
		{"24h0m0s", 24 * 3600 * SECOND},
		{"1.5s", 3 * SECOND / 2},
		{".5s", SECOND / 2},
		{"250ms", SECOND / 4},
		{"7us", 7000},
		{"7µs", 7000},
		{"9ns", 9},
		{"-1m", -60 * SECOND},
		{"+1m", 60 * SECOND},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t ns = -1;

		assert_int_equal(duration_parse(cases[i].text, &ns), 0);
		assert_int_equal(ns, cases[i].ns);
	}
}

static void test_refuse(void **state)
{
	static const char *const bad[] = {
		"", "-", "5", "s", "1", "1x", "1h30", "1 s", ".s", "--1s", "1s-", "true"};
	int64_t ns = 42;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(duration_parse(bad[i], &ns), -EINVAL);
	assert_int_equal(duration_parse("9223372036854775807h", &ns), -ERANGE);
	assert_int_equal(duration_parse("99999999999999999999s", &ns), -ERANGE);
	assert_int_equal(duration_parse("9000000000s1000000000s", &ns), -ERANGE);
	assert_int_equal(ns, 42);
}

static void test_format(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} cases[] = {
		{0, "0s"},
		{30 * 60 * SECOND, "30m0s"},
		{24 * 3600 * SECOND, "24h0m0s"},
		{90 * SECOND, "1m30s"},
		{SECOND + SECOND / 2, "1.5s"},
		{SECOND / 4, "250ms"},
		{1500000, "1.5ms"},
		{1500, "1.5µs"},
		{9, "9ns"},
		{-90 * SECOND, "-1m30s"},
		{3600 * SECOND + 5, "1h0m0.000000005s"},
		{INT64_MIN, "-2562047h47m16.854775808s"},
	};
	char buf[DURATION_TEXT];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(duration_format(cases[i].ns, buf), cases[i].text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
