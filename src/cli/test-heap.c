/* SPDX-License-Identifier: Apache-2.0 */

/* Linked with --wrap, as rkt is: every call below goes to heap.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "base/macro.h"

#define POOL (1u << 20)

/* So that the compiler does not take a pair of calls for nothing. */
static void *volatile kept;

static char *filled(size_t size, char c)
{
	char *p = malloc(size);

	assert_non_null(p);
	assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
	memset(p, c, size);
	kept = p;
	return p;
}

static bool all(const char *p, size_t size, char c)
{
	for (size_t i = 0; i < size; i++)
		if (p[i] != c)
			return false;
	return true;
}

/* Within the pool and beyond it, everybody keeps what is his. */
static void blocks_stand_apart(void **state)
{
	enum { N = 900, SIZE = 701 };
	char *blocks[N];

	for (unsigned i = 0; i < N; i++)
		blocks[i] = filled(SIZE, (char)i);
	for (unsigned i = 0; i < N; i += 2)
		free(blocks[i]);
	for (unsigned i = 0; i < N; i += 2)
		blocks[i] = filled(SIZE, (char)i);
	for (unsigned i = 0; i < N; i++) {
		assert_true(all(blocks[i], SIZE, (char)i));
		free(blocks[i]);
	}
}

static void grown_blocks_keep_their_content(void **state)
{
	char *p = NULL, *other = NULL;

	for (size_t size = 1; size <= 4 * POOL; size *= 2) {
		p = realloc(p, size);
		assert_non_null(p);
		assert_true(all(p, size / 2, 'p'));
		memset(p, 'p', size);
		/* In the way of growing in place, every other time. */
		if (size % 3 == 1)
			other = filled(20, 'o');
	}
	assert_true(all(other, 20, 'o'));
	p = realloc(p, 10);
	assert_true(all(p, 10, 'p'));
	free(p);
}

static void the_last_block_is_used_again(void **state)
{
	char *p = filled(100, 'x'), *q;

	free(p);
	q = calloc(10, 10);
	assert_ptr_equal(q, p);
	assert_true(all(q, 100, 0));
	kept = q;
	free(q);
	free(NULL);
}

/* In whatever order, and any number of times. */
static void what_is_freed_is_used_again(void **state)
{
	char *first = filled(16, '0');

	free(first);
	for (unsigned i = 0; i < 2 * POOL / 3000; i++) {
		char *a = filled(1000, 'a'), *b = filled(1000, 'b'), *c = filled(1000, 'c');

		assert_ptr_equal(a, first);
		assert_true(all(a, 1000, 'a') && all(b, 1000, 'b'));
		free(b);
		free(i % 2 ? a : c);
		free(i % 2 ? c : a);
	}
}

static void more_than_a_size_can_say(void **state)
{
	volatile size_t n = SIZE_MAX / 4;

	assert_null(calloc(n, 8));
}

int main(void)
{
	/* The first ones find the pool empty, the later ones used up. */
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_block_is_used_again),
		cmocka_unit_test(what_is_freed_is_used_again),
		cmocka_unit_test(grown_blocks_keep_their_content),
		cmocka_unit_test(blocks_stand_apart),
		cmocka_unit_test(grown_blocks_keep_their_content),
		cmocka_unit_test(more_than_a_size_can_say),
	};

	return cmocka_run_group_tests_name("cli/heap", tests, NULL, NULL);
}
