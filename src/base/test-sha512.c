/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sha512.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>
#include "base/macro.h"

/* How many letters "a", and the beginning of their digest; the first two are those of the standard.
 */
static void digests_are_right(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *begins;
	} cases[] = {
		{NULL, 0, "cf83e1357eefb8bdf1542850d66d8007"},
		{"abc", 3, "ddaf35a193617abacc417349ae204131"},
		{NULL, 111, "fa9121c7b32b9e01733d034cfc78cbf6"},
		{NULL, 112, "c01d080efd492776a1c43bd23dd99d0a"},
		{NULL, 127, "828613968b501dc00a97e08c73b118aa"},
		{NULL, 128, "b73d1929aa615934e61a871596b3f3b3"},
		{NULL, 129, "4f681e0bd53cda4b5a2041cc8a06f2ea"},
		{NULL, 1000, "67ba5535a46e3f86dbfbed8cbbaf0125"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char letters[1024], text[33] = "";
		uint8_t digest[SHA512_LEN];

		memset(letters, 'a', sizeof letters);
		sha512(cases[i].text ? cases[i].text : letters, cases[i].len, digest);
		for (size_t k = 0; k < 16; k++)
			(void)snprintf(text + 2 * k, 3, "%02x", digest[k]);
		assert_string_equal(text, cases[i].begins);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
