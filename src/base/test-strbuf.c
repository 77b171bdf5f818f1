/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strbuf.h"

#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

static void grows(void **state)
{
	_cleanup_strbuf_ StrBuf b = STRBUF_INIT(100000);
	_cleanup_free_ char *text = NULL;
	size_t len = 0;

	assert_string_equal(strbuf_text(&b), "");
	for (int i = 0; i < 10000; i++) {
		strbuf_putc(&b, (char)('a' + i % 26));
		assert_int_equal(strlen(strbuf_text(&b)), i + 1);
	}
	assert_int_equal(strbuf_finish(&b, &text, &len), 0);
	assert_int_equal(len, 10000);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(text[i], 'a' + i % 26);
	/* What is left is an empty buffer, as good as new. */
	assert_string_equal(strbuf_text(&b), "");
	strbuf_puts(&b, "again");
	assert_string_equal(strbuf_text(&b), "again");
}

static void all_ways_to_add(void **state)
{
	_cleanup_strbuf_ StrBuf b = STRBUF_INIT(1000);

	strbuf_puts(&b, "one");
	strbuf_putc(&b, ' ');
	strbuf_printf(&b, "%s %d", "two", 3);
	strbuf_printf(&b, "%s", "");
	strbuf_add(&b, NULL, 0);
	assert_string_equal(strbuf_text(&b), "one two 3");
	strbuf_add(&b, "\0x", 2);
	assert_int_equal(b.len, strlen("one two 3") + 2);
	assert_memory_equal(b.text, "one two 3\0x", b.len + 1);
}

static void nothing_is_a_text_too(void **state)
{
	StrBuf b = STRBUF_INIT(0);
	_cleanup_free_ char *text = NULL;
	size_t len = 1;

	assert_int_equal(strbuf_finish(&b, &text, &len), 0);
	assert_string_equal(text, "");
	assert_int_equal(len, 0);
}

static void up_to_the_ceiling(void **state)
{
	_cleanup_strbuf_ StrBuf b = STRBUF_INIT(5);
	_cleanup_free_ char *text = NULL;

	strbuf_puts(&b, "123");
	strbuf_printf(&b, "%d", 45);
	assert_int_equal(strbuf_finish(&b, &text, NULL), 0);
	assert_string_equal(text, "12345");
}

static void expect_failed(StrBuf *b)
{
	char *text = NULL;
	size_t len = 77;

	assert_int_equal(b->error, -E2BIG);
	/* What fits comes too late. */
	strbuf_putc(b, 'x');
	strbuf_printf(b, "%d", 1);
	strbuf_clear(b);
	assert_string_equal(strbuf_text(b), "");
	assert_int_equal(strbuf_finish(b, &text, &len), -E2BIG);
	assert_null(text);
	assert_int_equal(len, 77);
}

static void past_the_ceiling(void **state)
{
	_cleanup_strbuf_ StrBuf added = STRBUF_INIT(5), printed = STRBUF_INIT(5);
	_cleanup_strbuf_ StrBuf huge = STRBUF_INIT(5);

	strbuf_puts(&added, "12345");
	strbuf_putc(&added, '6');
	expect_failed(&added);
	strbuf_printf(&printed, "%d", 123456);
	expect_failed(&printed);
	/* A length that would wrap around. */
	strbuf_putc(&huge, '1');
	strbuf_add(&huge, "", SIZE_MAX);
	expect_failed(&huge);
}

static void cleared(void **state)
{
	_cleanup_strbuf_ StrBuf b = STRBUF_INIT(5);
	const char *memory;

	strbuf_clear(&b);
	strbuf_puts(&b, "12345");
	memory = b.text;
	strbuf_clear(&b);
	assert_string_equal(strbuf_text(&b), "");
	strbuf_puts(&b, "54321");
	assert_string_equal(strbuf_text(&b), "54321");
	assert_ptr_equal(b.text, memory);
}

static void formatted(void **state)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(str_format(&text, "%s-%d", "a", 1), 0);
	assert_string_equal(text, "a-1");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows),
		cmocka_unit_test(all_ways_to_add),
		cmocka_unit_test(nothing_is_a_text_too),
		cmocka_unit_test(up_to_the_ceiling),
		cmocka_unit_test(past_the_ceiling),
		cmocka_unit_test(cleared),
		cmocka_unit_test(formatted),
	};

	return cmocka_run_group_tests_name("base/strbuf", tests, NULL, NULL);
}
