/* SPDX-License-Identifier: Apache-2.0 */
#include "base/boolean.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void known_words(void **state)
{
	static const char *const words[2][6] = {
		{"0", "f", "F", "FALSE", "false", "False"},
		{"1", "t", "T", "TRUE", "true", "True"},
	};

	for (int truth = 0; truth < 2; truth++)
		for (size_t i = 0; i < 6; i++) {
			bool value = !truth;

			assert_int_equal(boolean_parse(words[truth][i], &value), 0);
			assert_int_equal(value, truth);
		}
}

static void other_words(void **state)
{
	static const char *const words[] = {"", "yes", "no", "tRUE", "2", " true", "true "};

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		bool value = true;

		assert_int_equal(boolean_parse(words[i], &value), -EINVAL);
		assert_true(value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_words),
		cmocka_unit_test(other_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
