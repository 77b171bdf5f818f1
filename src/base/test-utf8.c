/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void well_formed(void **state)
{
	static const char *const good[] = {"", "ascii \x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80",
		"\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf"};

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_true(utf8_valid(good[i]));
}

static void ill_formed(void **state)
{
	static const char *const bad[] = {
		"\x80", "\xbf",                                             /* continuation alone */
		"\xc3", "\xe2\x82", "\xf0\x9f\x98", "\xc3(",                /* cut short */
		"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", /* overlong */
		"\xed\xa0\x80", "\xed\xbf\xbf",                             /* surrogates */
		"\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xff",         /* too large */
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_false(utf8_valid(bad[i]));
}

/* Nothing behind max is read: a character that goes on there is none. */
static void lengths(void **state)
{
	static const char euro[] = "\xe2\x82\xac";

	assert_int_equal(utf8_char("", 1), 1);
	assert_int_equal(utf8_char("a\xff", 2), 1);
	assert_int_equal(utf8_char(euro, 4), 3);
	assert_int_equal(utf8_char(euro, 3), 3);
	assert_int_equal(utf8_char(euro, 2), 0);
	assert_int_equal(utf8_char(euro, 1), 0);
	assert_int_equal(utf8_char("\xf0\x9f\x98\x80", 4), 4);
	assert_int_equal(utf8_char("\xf0\x9f\x98\x80", 3), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed),
		cmocka_unit_test(ill_formed),
		cmocka_unit_test(lengths),
	};

	return cmocka_run_group_tests_name("base/utf8", tests, NULL, NULL);
}
