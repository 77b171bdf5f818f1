/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/challenge.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void bearer(void **state)
{
	Challenge c;

	assert_int_equal(challenge_parse("Bearer realm=\"https://auth.example.com/token\",service="
					 "\"registry.example.com\",scope=\"repository:a/b:pull\"",
				 &c),
		0);
	assert_int_equal(c.scheme, CHALLENGE_BEARER);
	assert_string_equal(c.realm, "https://auth.example.com/token");
	assert_string_equal(c.service, "registry.example.com");
	assert_string_equal(c.scope, "repository:a/b:pull");
	assert_string_equal(c.error, "");
}

static void any_order_and_unknown_parameters(void **state)
{
	Challenge c;

	assert_int_equal(
		challenge_parse(
			"bearer  scope = s , x=\"a, b=c\" ,ERROR=invalid_token, realm=r", &c),
		0);
	assert_string_equal(c.scope, "s");
	assert_string_equal(c.realm, "r");
	assert_string_equal(c.error, "invalid_token");
}

static void escapes(void **state)
{
	Challenge c;

	assert_int_equal(challenge_parse("Basic realm=\"a \\\"b\\\" \\\\\"", &c), 0);
	assert_int_equal(c.scheme, CHALLENGE_BASIC);
	assert_string_equal(c.realm, "a \"b\" \\");
}

static void the_first_of_several(void **state)
{
	Challenge c;

	assert_int_equal(challenge_parse("Basic realm=\"one\", Bearer realm=\"two\"", &c), 0);
	assert_int_equal(c.scheme, CHALLENGE_BASIC);
	assert_string_equal(c.realm, "one");
	assert_int_equal(challenge_parse("Basic", &c), 0);
	assert_string_equal(c.realm, "");
}

static void refused(void **state)
{
	static const struct {
		const char *text;
		int result;
	} cases[] = {
		{"", -EINVAL},
		{"Bearer realm=\"open", -EINVAL},
		{"Bearer realm=\"a\" b=c d", -EINVAL},
		{"Bearer =x", -EINVAL},
		{"Bearer realm=\"line\nbreak\"", -EINVAL},
		{"Negotiate YII=", -ENOTSUP},
	};
	Challenge c;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(challenge_parse(cases[i].text, &c), cases[i].result);
}

static void too_long(void **state)
{
	char text[1024] = "Bearer realm=";
	size_t len = strlen(text);
	Challenge c;

	memset(text + len, 'x', 512);
	text[len + 512] = '\0';
	assert_int_equal(challenge_parse(text, &c), -E2BIG);
	text[len + 511] = '\0';
	assert_int_equal(challenge_parse(text, &c), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bearer),
		cmocka_unit_test(any_order_and_unknown_parameters),
		cmocka_unit_test(escapes),
		cmocka_unit_test(the_first_of_several),
		cmocka_unit_test(refused),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests_name("fetch/challenge", tests, NULL, NULL);
}
