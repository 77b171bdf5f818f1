/* SPDX-License-Identifier: Apache-2.0 */
#include "base/uuid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void generated(void **state)
{
	char last[UUID_TEXT] = "", uuid[UUID_TEXT];

	for (int i = 0; i < 1000; i++) {
		assert_int_equal(uuid_generate(uuid), 0);
		assert_int_equal(strlen(uuid), 36);
		assert_true(uuid_valid(uuid));
		assert_int_equal(uuid[14], '4');
		assert_non_null(strchr("89ab", uuid[19]));
		assert_string_not_equal(uuid, last);
		memcpy(last, uuid, sizeof last);
	}
}

static void valid(void **state)
{
	assert_true(uuid_valid("6733c088-a507-4694-aabf-0123456789ef"));
	assert_true(uuid_valid("00000000-0000-0000-0000-000000000000"));
}

static void invalid(void **state)
{
	static const char *const texts[] = {
		"",
		"6733c088",
		"6733c088-a507-4694-aabf-0123456789e",
		"6733c088-a507-4694-aabf-0123456789eff",
		"6733C088-a507-4694-aabf-0123456789ef",
		"6733g088-a507-4694-aabf-0123456789ef",
		"6733c088xa507-4694-aabf-0123456789ef",
		"6733c08-8a507-4694-aabf-0123456789ef",
		"6733c088a50746944aabf0123456789ef000",
		"6733c088-a507-4694-aabf-0123456789e/",
		"6733c088-a507-4694-aabf-0123456789e\n",
		" 6733c088-a507-4694-aabf-0123456789ef",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_false(uuid_valid(texts[i]));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(generated),
		cmocka_unit_test(valid),
		cmocka_unit_test(invalid),
	};

	return cmocka_run_group_tests_name("base/uuid", tests, NULL, NULL);
}
