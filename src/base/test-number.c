/* SPDX-License-Identifier: Apache-2.0 */
#include "base/number.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static const char *const no_numbers[] = {"", " ", " 1", "1 ", "+1", "1x", "x1", "0x10", "1.0",
	"1e3", "--1", "1-", "99999999999999999999x"};

static void expect_u64(const char *s, uint64_t max, int result, uint64_t value)
{
	uint64_t got = 4711;

	assert_int_equal(number_parse_u64(s, max, &got), result);
	assert_true(got == (result == 0 ? value : 4711));
}

static void unsigned_numbers(void **state)
{
	expect_u64("0", 0, 0, 0);
	expect_u64("0", 10, 0, 0);
	expect_u64("007", 10, 0, 7);
	expect_u64("10", 10, 0, 10);
	expect_u64("11", 10, -ERANGE, 0);
	expect_u64("1", 0, -ERANGE, 0);
	expect_u64("18446744073709551615", UINT64_MAX, 0, UINT64_MAX);
	expect_u64("18446744073709551616", UINT64_MAX, -ERANGE, 0);
	expect_u64("28446744073709551615", UINT64_MAX, -ERANGE, 0);
	expect_u64("184467440737095516150", UINT64_MAX, -ERANGE, 0);
	expect_u64("-1", 10, -EINVAL, 0);
	expect_u64("-0", 10, -EINVAL, 0);
	for (size_t i = 0; i < ARRAY_LEN(no_numbers); i++)
		expect_u64(no_numbers[i], 10, -EINVAL, 0);
}

static void expect_i64(const char *s, int64_t min, int64_t max, int result, int64_t value)
{
	int64_t got = 4711;

	assert_int_equal(number_parse_i64(s, min, max, &got), result);
	assert_true(got == (result == 0 ? value : 4711));
}

static void signed_numbers(void **state)
{
	expect_i64("0", -5, 5, 0, 0);
	expect_i64("-0", -5, 5, 0, 0);
	expect_i64("-5", -5, 5, 0, -5);
	expect_i64("-6", -5, 5, -ERANGE, 0);
	expect_i64("5", -5, 5, 0, 5);
	expect_i64("6", -5, 5, -ERANGE, 0);
	expect_i64("3", 4, 5, -ERANGE, 0);
	expect_i64("-1", 0, 5, -ERANGE, 0);
	expect_i64("9223372036854775807", INT64_MIN, INT64_MAX, 0, INT64_MAX);
	expect_i64("9223372036854775808", INT64_MIN, INT64_MAX, -ERANGE, 0);
	expect_i64("-9223372036854775807", INT64_MIN, INT64_MAX, 0, -INT64_MAX);
	expect_i64("-9223372036854775808", INT64_MIN, INT64_MAX, 0, INT64_MIN);
	expect_i64("-9223372036854775809", INT64_MIN, INT64_MAX, -ERANGE, 0);
	expect_i64("-", -5, 5, -EINVAL, 0);
	for (size_t i = 0; i < ARRAY_LEN(no_numbers); i++)
		expect_i64(no_numbers[i], -5, 5, -EINVAL, 0);
}

static void expect_octal(const char *s, uint64_t max, int result, uint64_t value)
{
	uint64_t got = 4711;

	assert_int_equal(number_parse_octal(s, max, &got), result);
	assert_true(got == (result == 0 ? value : 4711));
}

static void octal_numbers(void **state)
{
	expect_octal("0755", 07777, 0, 0755);
	expect_octal("7777", 07777, 0, 07777);
	expect_octal("10000", 07777, -ERANGE, 0);
	expect_octal("8", 07777, -EINVAL, 0);
	expect_octal("0789", 07777, -EINVAL, 0);
	expect_octal("100008", 07777, -EINVAL, 0);
	expect_octal("0o755", 07777, -EINVAL, 0);
	expect_octal("", 07777, -EINVAL, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(unsigned_numbers),
		cmocka_unit_test(signed_numbers),
		cmocka_unit_test(octal_numbers),
	};

	return cmocka_run_group_tests_name("base/number", tests, NULL, NULL);
}
