/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/ac-types.h"
#include "spec/platform.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/cleanup.h"

typedef struct Case {
	const char *text;
	bool valid;
} Case;

static void check(bool (*valid)(const char *), const Case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (valid(cases[i].text) != cases[i].valid)
			fail_msg("\"%s\" should be %s", cases[i].text,
				cases[i].valid ? "valid" : "invalid");
}

static void test_identifier(void **state)
{
	static const Case cases[] = {
		{"example.com/reduce-worker", true},
		{"a", true},
		{"a--b..c", true},
		{"x~y_z", true},
		{"", false},
		{"-a", false},
		{"a/", false},
		{"Example.com", false},
		{"a b", false},
		{"a:b", false},
		{"\xc3\xa4", false},
	};

	(void)state;
	check(ac_identifier_valid, cases, ARRAY_LEN(cases));
}

static void test_name(void **state)
{
	static const Case cases[] = {
		{"reduce-worker", true},
		{"80-tcp", true},
		{"a.b", false},
		{"a_b", false},
		{"a/b", false},
		{"", false},
		{"-", false},
		{"a-", false},
	};

	(void)state;
	check(ac_name_valid, cases, ARRAY_LEN(cases));
}

static void test_sanitize(void **state)
{
	char *text = NULL;

	(void)state;
	assert_int_equal(ac_name_sanitize("/var/lib/DB_1/", &text), 0);
	assert_string_equal(text, "var-lib-db-1");
	free(text);
	assert_int_equal(ac_identifier_sanitize("Registry:5000/My App!", &text), 0);
	assert_string_equal(text, "registry_5000/my_app");
	free(TAKE_PTR(text));
	assert_int_equal(ac_name_sanitize("--//", &text), -EINVAL);
	assert_int_equal(ac_identifier_sanitize("", &text), -EINVAL);
	assert_null(text);
}

static void test_semver(void **state)
{
	static const Case cases[] = {
		{"0.8.11", true},
		{"1.30.0+git171c416f-dirty", true},
		{"0.8.9+git", true},
		{"1.0.0-alpha.1+001", true},
		{"1.0", false},
		{"1.0.0.0", false},
		{"01.0.0", false},
		{"v1.0.0", false},
		{"1.0.0-", false},
		{"1.0.0-a..b", false},
		{"1.0.0+", false},
		{"1.0.x", false},
		{"", false},
	};

	(void)state;
	check(ac_semver_valid, cases, ARRAY_LEN(cases));
}

static void test_date(void **state)
{
	static const Case cases[] = {
		{"2014-10-27T19:32:27.67021798Z", true},
		{"2014-10-27T19:32:27+02:00", true},
		{"2016-02-29T00:00:00Z", true},
		{"2000-02-29T00:00:00Z", true},
		{"2015-02-29T00:00:00Z", false},
		{"1900-02-29T00:00:00Z", false},
		{"2014-13-01T00:00:00Z", false},
		{"2014-00-01T00:00:00Z", false},
		{"2014-04-31T00:00:00Z", false},
		{"2014-10-27T24:00:00Z", false},
		{"2014-10-27T19:32:27.Z", false},
		{"2014-10-27T19:32:27", false},
		{"2014-10-27 19:32:27Z", false},
		{"2014-10-27T19:32:27Zx", false},
		{"2014-10-27T19:32:27+2:00", false},
		{"yesterday", false},
		{"", false},
	};

	(void)state;
	check(ac_date_valid, cases, ARRAY_LEN(cases));
}

static void test_platform_rank(void **state)
{
	const Platform *armv7 = platform_find_oci("arm", "v7"),
		       *amd64 = platform_find_oci("amd64", NULL);

	(void)state;
	assert_string_equal(armv7->arch, "armv7l");
	assert_ptr_equal(platform_find_oci("arm", NULL), armv7);
	assert_string_equal(platform_find_oci("arm", "v5")->arch, "armv6l");
	assert_string_equal(platform_find_oci("386", NULL)->arch, "i386");
	assert_null(platform_find_oci("z80", NULL));
	assert_true(platform_rank(armv7, "arm", "v7") > platform_rank(armv7, "arm", "v6"));
	assert_true(platform_rank(armv7, "arm", "v5") > platform_rank(armv7, "arm", NULL));
	assert_true(platform_rank(armv7, "arm", NULL) > 0);
	assert_int_equal(platform_rank(armv7, "arm", "v8"), 0);
	assert_int_equal(platform_rank(armv7, "arm64", NULL), 0);
	assert_int_equal(platform_rank(amd64, "amd64", "v3"), 0);
	assert_int_equal(platform_rank(amd64, "amd64", "unknown"), 0);
	assert_true(platform_rank(amd64, "amd64", "v1") > platform_rank(amd64, "amd64", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identifier),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_sanitize),
		cmocka_unit_test(test_semver),
		cmocka_unit_test(test_date),
		cmocka_unit_test(test_platform_rank),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
