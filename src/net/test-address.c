/* SPDX-License-Identifier: Apache-2.0 */
#include "net/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void expect_text(const Address *a, const char *text)
{
	char buf[ADDRESS_TEXT];

	assert_string_equal(address_network_text(a, buf), text);
}

static void test_networks(void **state)
{
	static const struct {
		const char *text, *first, *last, *mask;
	} cases[] = {
		{"10.1.2.3/8", "10.0.0.0/8", "10.255.255.255/8", "255.0.0.0/8"},
		{"10.1.2.3/23", "10.1.2.0/23", "10.1.3.255/23", "255.255.254.0/23"},
		{"10.1.2.3", "10.1.2.3/32", "10.1.2.3/32", "255.255.255.255/32"},
		{"10.1.2.3/0", "0.0.0.0/0", "255.255.255.255/0", "0.0.0.0/0"},
		{"fd00::1:2/112", "fd00::1:0/112", "fd00::1:ffff/112",
			"ffff:ffff:ffff:ffff:ffff:ffff:ffff:0/112"},
		{"fd00::1", "fd00::1/128", "fd00::1/128",
			"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		Address a, edge;

		assert_int_equal(address_parse_network(cases[i].text, &a), 0);
		edge = address_first(&a);
		expect_text(&edge, cases[i].first);
		edge = address_last(&a);
		expect_text(&edge, cases[i].last);
		edge = address_mask(&a);
		expect_text(&edge, cases[i].mask);
	}
}

static void test_refused(void **state)
{
	static const char *const texts[] = {"", "10.0.0", "10.0.0.256", "10.0.0.1/33", "10.0.0.1/",
		"10.0.0.1/-1", "10.0.0.1/1x", "::1/129", ":", "fd00::1::2", "/24",
		"1111111111222222222233333333334444444444555555555566666666667777777777/1"};
	Address a;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_int_equal(address_parse_network(texts[i], &a), -EINVAL);
	assert_int_equal(address_parse("10.0.0.1/24", &a), -EINVAL);
}

static void test_sums(void **state)
{
	static const struct {
		const char *from;
		int step;
		const char *to;
	} cases[] = {
		{"10.0.0.255", 1, "10.0.1.0/32"},
		{"10.0.1.0", -1, "10.0.0.255/32"},
		{"10.0.0.0", 70000, "10.1.17.112/32"},
		{"10.1.17.112", -70000, "10.0.0.0/32"},
		{"255.255.255.255", 1, "0.0.0.0/32"},
		{"0.0.0.0", -1, "255.255.255.255/32"},
		{"fd00::ffff:ffff", 1, "fd00::1:0:0/128"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		Address a, sum;

		assert_int_equal(address_parse(cases[i].from, &a), 0);
		sum = address_add(&a, cases[i].step);
		expect_text(&sum, cases[i].to);
	}
}

static void test_within(void **state)
{
	Address network, a;

	assert_int_equal(address_parse_network("10.0.4.0/22", &network), 0);
	assert_int_equal(address_parse("10.0.7.255", &a), 0);
	assert_true(address_within(&a, &network));
	assert_int_equal(address_parse("10.0.8.0", &a), 0);
	assert_false(address_within(&a, &network));
	assert_int_equal(address_parse("a00:700::", &a), 0);
	assert_false(address_within(&a, &network));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_sums),
		cmocka_unit_test(test_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
