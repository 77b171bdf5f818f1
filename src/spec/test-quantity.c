/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/quantity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/cleanup.h"

static void test_values(void **state)
{
	static const struct {
		const char *text;
		int64_t scale, value;
	} cases[] = {
		{"0", 1, 0},
		{"64M", 1, 64000000},
		{"64Mi", 1, 67108864},
		{"1.5Gi", 1, 1610612736},
		{"500m", 1000, 500},
		{"500m", 1, 1},
		{"0.1", 1000, 100},
		{"100", 1000, 100000},
		{"1e6", 1, 1000000},
		{"1E3", 1, 1000},
		{"1E", 1, 1000000000000000000},
		{"12e-1", 1, 2},
		{"+5", 1, 5},
		{"-5", 1, -5},
		{"-1500m", 1, -2},
		{".5k", 1, 500},
		{"5.", 1, 5},
		{"1n", 1, 1},
		{"0.1n", 1, 1},
		{"1u", 1000000, 1},
		{"9223372036854775807", 1, INT64_MAX},
		{"1.0000000000000000000000000000000000", 1, 1},
		{"0000000000000000000000000000000000001", 1, 1},
		{"7Ei", 1, 8070450532247928832},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t value = -77;
		int r = quantity_parse(cases[i].text, cases[i].scale, &value);

		if (r != 0 || value != cases[i].value)
			fail_msg("\"%s\": result %d, value %lld", cases[i].text, r,
				(long long)value);
	}
}

static void test_rejected(void **state)
{
	static const struct {
		const char *text;
		int result;
	} cases[] = {
		{"", -EINVAL},
		{".", -EINVAL},
		{"M", -EINVAL},
		{"-", -EINVAL},
		{"1.2.3", -EINVAL},
		{"1 M", -EINVAL},
		{"1K", -EINVAL},
		{"1mi", -EINVAL},
		{"1MiB", -EINVAL},
		{"1e", -EINVAL},
		{"1e+", -EINVAL},
		{"1e1.5", -EINVAL},
		{"1e100", -EINVAL},
		{"0x10", -EINVAL},
		{"9223372036854775808", -ERANGE},
		{"8Ei", -ERANGE},
		{"10E", -ERANGE},
		{"1e19", -ERANGE},
		{"99999999999999999999", -ERANGE},
		{"1e99", -ERANGE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t value = -77;
		int r = quantity_parse(cases[i].text, 1, &value);

		if (r != cases[i].result || value != -77)
			fail_msg("\"%s\": result %d", cases[i].text, r);
	}
	assert_int_equal(quantity_parse("9223372036854775807", 1000, &(int64_t){0}), -ERANGE);
}

static void test_canonical(void **state)
{
	static const struct {
		const char *text, *canonical;
	} cases[] = {
		{"0", "0"},
		{"-0", "0"},
		{"0Mi", "0"},
		{"0e3", "0"},
		{"1.5Gi", "1536Mi"},
		{"1024Ki", "1Mi"},
		{"0.5Ki", "512"},
		{"0.0005Ki", "512m"},
		{"64M", "64M"},
		{"64000000", "64M"},
		{"1000m", "1"},
		{"0.5", "500m"},
		{"1024", "1024"},
		{"1000k", "1M"},
		{"+7", "7"},
		{"-1500m", "-1500m"},
		{"1e6", "1e6"},
		{"1e4", "10e3"},
		{"1E-3", "1e-3"},
		{"100e-2", "1"},
		{"0.1n", "1n"},
		{"9223372036854775807", "9223372036854775807"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char once[32], twice[32];

		assert_int_equal(quantity_canonical(cases[i].text, once, sizeof once), 0);
		assert_string_equal(once, cases[i].canonical);
		assert_int_equal(quantity_canonical(once, twice, sizeof twice), 0);
		assert_string_equal(twice, once);
	}
}

static void test_canonical_limits(void **state)
{
	char buf[32], small[3];

	(void)state;
	assert_int_equal(quantity_canonical("1x", buf, sizeof buf), -EINVAL);
	/* More digits than the canonical form can have. */
	assert_int_equal(quantity_canonical("1.000000000000000001Ei", buf, sizeof buf), -ERANGE);
	assert_int_equal(quantity_canonical("1234M", small, sizeof small), -ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_rejected),
		cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_canonical_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
