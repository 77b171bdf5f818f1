/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/signature-packets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define IS(...) is((const uint8_t[]){__VA_ARGS__}, sizeof(const uint8_t[]){__VA_ARGS__})

/* The bytes are in memory of just their size, so that a sanitizer sees what is read behind them. */
static bool is(const uint8_t *data, size_t len)
{
	uint8_t *copy = malloc(len);
	bool result;

	assert_non_null(copy);
	memcpy(copy, data, len);
	result = signature_packets_only(copy, len);
	free(copy);
	return result;
}

static void old_format(void **state)
{
	assert_true(IS(0x88, 2, 4, 0));
	assert_true(IS(0x89, 0, 2, 4, 0));
	assert_true(IS(0x8a, 0, 0, 0, 2, 4, 0));
	/* As far as it goes. */
	assert_false(IS(0x8b, 4, 0));
}

static void new_format(void **state)
{
	uint8_t two[3 + 192] = {0xc2, 192, 0};

	assert_true(IS(0xc2, 2, 4, 0));
	assert_true(is(two, sizeof two));
	assert_false(is(two, sizeof two - 1));
	assert_true(IS(0xc2, 255, 0, 0, 0, 2, 4, 0));
	/* A part of a length that is told piece by piece. */
	assert_false(IS(0xc2, 224, 4));
}

static void several(void **state)
{
	uint8_t many[3 * (SIGNATURES_MAX + 1)];

	assert_true(IS(0x88, 1, 4, 0xc2, 1, 4));
	for (size_t i = 0; i < sizeof many; i += 3)
		memcpy(many + i, "\x88\x01\x04", 3);
	assert_true(is(many, sizeof many - 3));
	assert_false(is(many, sizeof many));
}

static void other_packets(void **state)
{
	/* Literal data behind a signature, as PGP 2 wrote signed messages. */
	assert_false(IS(0x88, 1, 4, 0xac, 1, 4));
	/* One-pass signature, compressed data, public key. */
	assert_false(IS(0x90, 1, 3));
	assert_false(IS(0xa0, 1, 1));
	assert_false(IS(0x98, 1, 4));
	assert_false(IS('t', 'e', 'x', 't'));
}

static void cut_off(void **state)
{
	assert_false(signature_packets_only(NULL, 0));
	assert_false(IS(0x88));
	assert_false(IS(0x88, 0));
	assert_false(IS(0x88, 2, 4));
	assert_false(IS(0x89, 0));
	assert_false(IS(0x8a, 255, 255, 255, 255, 4));
	assert_false(IS(0xc2, 255, 255, 255, 255, 255, 4));
	assert_false(IS(0xc2, 192));
	assert_false(IS(0x88, 1, 4, 0));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(old_format),
		cmocka_unit_test(new_format),
		cmocka_unit_test(several),
		cmocka_unit_test(other_packets),
		cmocka_unit_test(cut_off),
	};

	return cmocka_run_group_tests_name("trust/signature-packets", tests, NULL, NULL);
}
