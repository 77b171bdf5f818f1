/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void zeroed_aligned_and_apart(void **state)
{
	Arena a = {0};
	unsigned char *pieces[500];

	for (size_t i = 0; i < 500; i++) {
		size_t size = i * 7 % 300;

		pieces[i] = arena_alloc(&a, size);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
		for (size_t k = 0; k < size; k++)
			assert_int_equal(pieces[i][k], 0);
		memset(pieces[i], (int)(i % 255 + 1), size);
	}
	for (size_t i = 0; i < 500; i++)
		for (size_t k = 0; k < i * 7 % 300; k++)
			assert_int_equal(pieces[i][k], i % 255 + 1);
	arena_done(&a);
	assert_null(a.head);
	arena_done(&a);
}

static void larger_than_a_block(void **state)
{
	Arena a = {0};
	char *small = arena_strdup(&a, "small");
	uint64_t *numbers = arena_new(&a, uint64_t, 100000);

	assert_non_null(numbers);
	assert_true(numbers[0] == 0 && numbers[99999] == 0);
	numbers[99999] = 1;
	assert_string_equal(small, "small");
	assert_string_equal(arena_strdup(&a, "behind"), "behind");
	arena_done(&a);
}

/* So many that they are in blocks of every size. */
static void very_many(void **state)
{
	enum { PIECES = 100000, SIZE = 64 };
	static unsigned char *pieces[PIECES];
	static const unsigned char zeros[SIZE];
	Arena a = {0};

	for (size_t i = 0; i < PIECES; i++) {
		pieces[i] = arena_alloc(&a, SIZE);
		assert_non_null(pieces[i]);
		assert_memory_equal(pieces[i], zeros, SIZE);
		memset(pieces[i], (int)(i % 255 + 1), SIZE);
	}
	for (size_t i = 0; i < PIECES; i++)
		assert_true(pieces[i][0] == i % 255 + 1 && pieces[i][SIZE - 1] == i % 255 + 1);
	arena_done(&a);
}

static void copies(void **state)
{
	Arena a = {0};

	assert_string_equal(arena_strndup(&a, "abcdef", 3), "abc");
	assert_string_equal(arena_strndup(&a, "", 0), "");
	assert_memory_equal(arena_memdup(&a, "a\0b", 3), "a\0b", 3);
	assert_non_null(arena_memdup(&a, NULL, 0));
	arena_done(&a);
}

static void more_than_there_is(void **state)
{
	Arena a = {0};

	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX - 100));
	assert_string_equal(arena_strdup(&a, "still good"), "still good");
	arena_done(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeroed_aligned_and_apart),
		cmocka_unit_test(larger_than_a_block),
		cmocka_unit_test(very_many),
		cmocka_unit_test(copies),
		cmocka_unit_test(more_than_there_is),
	};

	return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}
