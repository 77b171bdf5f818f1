/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/insecure.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static unsigned parse(const char *list)
{
	unsigned set = 0xffff;

	assert_int_equal(insecure_parse(list, &set, NULL), 0);
	return set;
}

static void test_words(void **state)
{
	assert_int_equal(parse("none"), INSECURE_NONE);
	assert_int_equal(parse("image"), INSECURE_IMAGE);
	assert_int_equal(parse("tls,http"), INSECURE_TLS | INSECURE_HTTP);
	assert_int_equal(parse("Image,TLS"), INSECURE_IMAGE | INSECURE_TLS);
	assert_int_equal(parse("all-fetch"),
		INSECURE_IMAGE | INSECURE_TLS | INSECURE_HTTP | INSECURE_PUBKEY);
	assert_int_equal(
		parse("all-run"), INSECURE_CAPABILITIES | INSECURE_PATHS | INSECURE_SECCOMP);
	assert_int_equal(parse("all"), INSECURE_ALL);
}

/* Kubelets do this. */
static void test_repeated(void **state)
{
	assert_int_equal(parse("image,ondisk,image"), INSECURE_IMAGE | INSECURE_ONDISK);
}

static void test_unknown(void **state)
{
	static const char *const bad[] = {"bogus", "image,bogus", "", "image,", "imag"};
	unsigned set = 42;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(insecure_parse(bad[i], &set, NULL), -EINVAL);
	assert_int_equal(set, 42);
}

static void test_format(void **state)
{
	char buf[INSECURE_TEXT];

	assert_string_equal(insecure_format(INSECURE_NONE, buf), "none");
	assert_string_equal(
		insecure_format(INSECURE_IMAGE | INSECURE_SECCOMP, buf), "image,seccomp");
	for (unsigned set = 0; set <= INSECURE_ALL; set++)
		assert_int_equal(parse(insecure_format(set, buf)), set);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
