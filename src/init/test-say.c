/* SPDX-License-Identifier: Apache-2.0 */
#include "init/say.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

static void puts_cuts_off(void **state)
{
	char half[600];
	Text t = {0};

	memset(half, 'a', sizeof half - 1);
	half[sizeof half - 1] = '\0';
	text_puts(&t, "");
	assert_string_equal(text_string(&t), "");
	text_puts(&t, half);
	assert_int_equal(strlen(text_string(&t)), 599);
	text_puts(&t, half);
	assert_int_equal(strlen(text_string(&t)), sizeof t.data - 1);
	text_puts(&t, half);
	text_number(&t, 7, 3, ' ');
	assert_int_equal(strlen(text_string(&t)), sizeof t.data - 1);
}

static void expect_number(uint64_t n, unsigned min_width, char pad, const char *want)
{
	Text t = {0};

	text_number(&t, n, min_width, pad);
	assert_string_equal(text_string(&t), want);
}

static void numbers(void **state)
{
	expect_number(0, 0, ' ', "0");
	expect_number(0, 1, ' ', "0");
	expect_number(42, 5, ' ', "   42");
	expect_number(42, 6, '0', "000042");
	expect_number(123456, 3, '0', "123456");
	expect_number(UINT64_MAX, 1, ' ', "18446744073709551615");
	/* Never more than the largest number has digits. */
	expect_number(1, 1000, '0', "00000000000000000001");
}

static void numbers_read(void **state)
{
	assert_int_equal(text_to_number("0"), 0);
	assert_int_equal(text_to_number("1234 "), 1234);
	assert_int_equal(text_to_number("12x"), 12);
	assert_int_equal(text_to_number(""), 0);
	assert_int_equal(text_to_number("-3"), 0);
	assert_int_equal(text_to_number("999999999"), 999999999);
	assert_int_equal(text_to_number("99999999999999999999"), 999999999);
}

/* What is written to stderr by say(). */
static ssize_t said(char *buf, size_t size, const char *a, const char *b)
{
	int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3), fds[2];
	ssize_t n;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	(void)close(fds[1]);
	say(a, b, NULL);
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	(void)close(saved);
	n = read(fds[0], buf, size - 1);
	(void)close(fds[0]);
	assert_true(n >= 0);
	buf[n] = '\0';
	return n;
}

static void one_line(void **state)
{
	char buf[2048];

	(void)said(buf, sizeof buf, "one", NULL);
	assert_string_equal(buf, "rkt: one\n");
	say_set_component("run");
	(void)said(buf, sizeof buf, "one ", "two");
	assert_string_equal(buf, "run: one two\n");
}

static void long_line(void **state)
{
	char part[2000], buf[2048];
	ssize_t n;

	memset(part, 'a', sizeof part - 1);
	part[sizeof part - 1] = '\0';
	n = said(buf, sizeof buf, part, "end");
	assert_true(n > 1000 && n < 1100);
}

static void errors(void **state)
{
	assert_string_equal(say_errno(-EPERM), "operation not permitted");
	assert_string_equal(say_errno(-ENOENT), "no such file or directory");
	assert_string_equal(say_errno(-EISDIR), "is a directory");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(puts_cuts_off),
		cmocka_unit_test(numbers),
		cmocka_unit_test(numbers_read),
		cmocka_unit_test(one_line),
		cmocka_unit_test(long_line),
		cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
