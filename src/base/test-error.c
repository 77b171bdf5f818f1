/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

/* The tested macro has the name of one of cmocka's. */
#undef fail
#include "base/error.h"

static void expect_message(const Error *err, const char *want)
{
	char buf[2 * ERROR_TEXT];

	assert_ptr_equal(error_message(err, buf, sizeof buf), buf);
	assert_string_equal(buf, want);
}

static void messages(void **state)
{
	Error err = ERROR_INIT;

	expect_message(&err, "");
	assert_int_equal(fail(&err, -EINVAL, "bad value %d", 5), -EINVAL);
	assert_int_equal(err.code, -EINVAL);
	assert_string_equal(err.frames[0].file, __FILE__);
	assert_int_equal(err.frames[0].line, __LINE__ - 3);
	expect_message(&err, "bad value 5");
	assert_int_equal(wrap(&err, -EINVAL, "in the middle"), -EINVAL);
	expect_message(&err, "in the middle: bad value 5");
	assert_int_equal(wrap(&err, -EIO, "outside"), -EIO);
	expect_message(&err, "outside: bad value 5");
	assert_int_equal(err.n_frames, 3);
	/* The origin decides. */
	assert_int_equal(err.code, -EINVAL);
	assert_int_equal(fail_oom(&err), -ENOMEM);
	expect_message(&err, "out of memory");
	assert_int_equal(err.code, -ENOMEM);
	assert_int_equal(err.n_frames, 1);
}

static void wrapped_without_an_origin(void **state)
{
	Error err = ERROR_INIT;

	assert_int_equal(wrap(&err, -EWOULDBLOCK, "pod is locked"), -EWOULDBLOCK);
	assert_int_equal(err.code, -EWOULDBLOCK);
	expect_message(&err, "pod is locked");
}

static void with_the_systems_text(void **state)
{
	char path[2 * ERROR_TEXT];
	Error err = ERROR_INIT;

	assert_int_equal(fail_errno(&err, -ENOENT, "open %s", "x"), -ENOENT);
	expect_message(&err, "open x: no such file or directory");
	/* However long the name is, the reason can be read. */
	memset(path, 'p', sizeof path);
	path[sizeof path - 1] = '\0';
	assert_int_equal(fail_errno(&err, -EACCES, "open %s", path), -EACCES);
	assert_int_equal(strlen(err.frames[0].text), ERROR_TEXT - 1);
	assert_true(endswith(err.frames[0].text, "ppp: permission denied"));
	assert_int_equal(fail(&err, -EACCES, "%s", path), -EACCES);
	assert_int_equal(strlen(err.frames[0].text), ERROR_TEXT - 1);
}

static void more_frames_than_there_are(void **state)
{
	Error err = ERROR_INIT;

	(void)fail(&err, -EIO, "origin");
	for (int i = 1; i < 3 * ERROR_FRAMES; i++)
		(void)wrap(&err, -EIO, "frame %d", i);
	assert_int_equal(err.n_frames, ERROR_FRAMES);
	assert_string_equal(err.frames[0].text, "origin");
	assert_string_equal(err.frames[1].text, "frame 1");
	expect_message(&err, "frame 23: origin");
	assert_int_equal(3 * ERROR_FRAMES - 1, 23);
}

static void hints(void **state)
{
	Error err = ERROR_INIT;

	(void)fail(&err, -EPERM, "mount");
	error_hint(&err, "needs kernel %d.%d", 5, 12);
	error_hint(&err, "too late");
	(void)wrap(&err, -EPERM, "outside");
	assert_string_equal(err.hint, "needs kernel 5.12");
	/* A new failure knows nothing of an old hint. */
	(void)fail(&err, -EIO, "something else");
	assert_string_equal(err.hint, "");
	error_hint(&err, "again");
	error_clear(&err);
	assert_string_equal(err.hint, "");
	assert_int_equal(err.code, 0);
	expect_message(&err, "");
}

static void nobody_wants_the_text(void **state)
{
	assert_int_equal(fail(NULL, -EIO, "x"), -EIO);
	assert_int_equal(fail_errno(NULL, -EIO, "x"), -EIO);
	assert_int_equal(wrap(NULL, -EIO, "x"), -EIO);
	assert_int_equal(fail_oom(NULL), -ENOMEM);
	error_hint(NULL, "x");
	error_clear(NULL);
}

static void expect_text(int code, const char *want)
{
	char buf[128];

	assert_ptr_equal(errno_text(code, buf, sizeof buf), buf);
	assert_string_equal(buf, want);
}

static void texts_of_errno_values(void **state)
{
	char small[8];

	expect_text(ENOENT, "no such file or directory");
	expect_text(-ENOENT, "no such file or directory");
	expect_text(-EISDIR, "is a directory");
	expect_text(-EDOTDOT, "RFS specific error");
	expect_text(-9999, "unknown error 9999");
	assert_string_equal(errno_text(-EPERM, small, sizeof small), "operati");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages),
		cmocka_unit_test(wrapped_without_an_origin),
		cmocka_unit_test(with_the_systems_text),
		cmocka_unit_test(more_frames_than_there_are),
		cmocka_unit_test(hints),
		cmocka_unit_test(nobody_wants_the_text),
		cmocka_unit_test(texts_of_errno_values),
	};

	return cmocka_run_group_tests_name("base/error", tests, NULL, NULL);
}
