/* SPDX-License-Identifier: Apache-2.0 */
#include "store/unpack.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "base/fd.h"
#include "store/test-archive.h"

#define FIRST 100000
#define BLOCK 512

static unsigned n_passed_over;

static void count(const char *path, const char *why)
{
	n_passed_over++;
}

static const UnpackAmong among = {.ids = {FIRST, 1000}, .passed_over = count};

/* A tar, and what happens in the tree when so many bytes of it have been read. */
typedef struct Stream {
	StrBuf tar;
	size_t at;
	size_t when;
	const char *command;
	char dir[64];
	int fd;
} Stream;

static int set_up(void **state)
{
	Stream *s = calloc(1, sizeof *s);

	assert_non_null(s);
	s->tar = (StrBuf)TEST_TAR_INIT;
	s->fd = test_dir_make(s->dir);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	Stream *s = *state;

	fd_close(s->fd);
	test_dir_remove(s->dir);
	strbuf_done(&s->tar);
	free(s);
	return 0;
}

static ssize_t read_block(void *source, const void **ret, Error *err)
{
	Stream *s = source;
	size_t n = MIN(s->tar.len - s->at, (size_t)BLOCK);

	if (s->command && s->at == s->when)
		free(test_shell("cd %s; %s", s->dir, s->command));
	*ret = s->tar.text + s->at;
	s->at += n;
	return (ssize_t)n;
}

static int unpack(Stream *s, const TestEntry *entries, Error *err)
{
	const UnpackOptions options = {
		.what = "test.tar", .limits = {UINT64_MAX, UINT64_MAX}, .among = &among};
	UnpackResult result;

	for (; entries->name; entries++)
		test_tar_add(&s->tar, entries);
	test_tar_end(&s->tar);
	return unpack_tar(s->fd, read_block, s, &options, &result, err);
}

static void assert_tree(const Stream *s, const char *wanted)
{
	_cleanup_free_ char *found =
		test_shell("cd %s; find . -mindepth 1 -printf '%%P %%M %%U:%%G\n' | sort", s->dir);

	assert_string_equal(found, wanted);
}

static void what_is_there_stays(void **state)
{
	Stream *s = *state;
	const TestEntry entries[] = {
		{.name = "./", .type = '5', .mode = 0700, .uid = 5},
		{.name = "old/new/f", .content = "x", .mode = 04755, .uid = 1, .gid = 2},
		{.name = "old", .type = '5', .mode = 0700, .uid = 5},
		{.name = "old/new", .type = '5', .mode = 0711, .uid = 5, .gid = 5000},
		{.name = "made/f", .content = "x"},
		{.name = "device", .type = '3', .major = 0, .minor = 0},
		{.name = "fifo", .type = '6'},
		{0},
	};

	test_need_root();
	free(test_shell("cd %s; chmod 755 .; mkdir -m 1777 old", s->dir));
	n_passed_over = 0;
	assert_int_equal(unpack(s, entries, NULL), 0);
	assert_int_equal(n_passed_over, 2);
	assert_tree(s, "made drwxr-xr-x 100000:100000\n"
		       "made/f -rw-r--r-- 100000:100000\n"
		       "old drwxrwxrwt 0:0\n"
		       "old/new drwx--x--x 100005:100000\n"
		       "old/new/f -rwsr-xr-x 100001:100002\n");
	free(test_shell("[ $(stat -c %%a %s) = 755 ]", s->dir));
}

/* Who can rename a directory may not get another one's attributes changed by that. */
static void exchanged_directories(void **state)
{
	Stream *s = *state;
	const TestEntry entries[] = {
		{.name = "new", .type = '5', .mode = 0777, .uid = 5},
		{.name = "new/f", .content = "x"},
		{0},
	};

	test_need_root();
	free(test_shell("cd %s; mkdir -m 700 theirs", s->dir));
	s->when = (size_t)2 * BLOCK;
	s->command = "mv new moved; mv theirs new";
	assert_int_equal(unpack(s, entries, NULL), 0);
	free(test_shell("cd %s; [ $(stat -c %%a:%%u new) = 700:0 ]", s->dir));
}

/* A link in the place of a directory that was made is not followed. */
static void exchanged_for_a_link(void **state)
{
	Stream *s = *state;
	const TestEntry entries[] = {
		{.name = "new/a/b", .content = "x"},
		{.name = "other", .content = "x"},
		{.name = "new/d/c", .content = "x"},
		{0},
	};
	Error err = ERROR_INIT;
	char text[ERROR_TEXT];

	test_need_root();
	s->when = (size_t)2 * BLOCK;
	s->command = "mkdir -p outside/d; mv new moved; ln -s outside new";
	assert_int_equal(unpack(s, entries, &err), -EINVAL);
	assert_non_null(strstr(error_message(&err, text, sizeof text),
		"lies below \"new\", which is a symbolic link"));
	free(test_shell("cd %s; [ -z \"$(ls outside/d)\" ]; [ -e moved/a/b ]", s->dir));
}

/* What has come before a mistake gets owners and modes all the same. */
static void failures_leave_nothing_of_roots(void **state)
{
	Stream *s = *state;
	const TestEntry entries[] = {
		{.name = "new", .type = '5', .mode = 0750, .uid = 5, .gid = 5},
		{.name = "../bad", .content = "x"},
		{0},
	};

	test_need_root();
	assert_int_equal(unpack(s, entries, NULL), -EINVAL);
	assert_tree(s, "new drwxr-x--- 100005:100005\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_there_stays),
		TEST(exchanged_directories),
		TEST(exchanged_for_a_link),
		TEST(failures_leave_nothing_of_roots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
