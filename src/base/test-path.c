/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include <sys/stat.h>
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/test-scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void cleaned(void **state)
{
	static const struct {
		const char *path, *clean;
	} cases[] = {
		{"", "."},
		{".", "."},
		{"./", "."},
		{"./.", "."},
		{"/", "/"},
		{"//", "/"},
		{"/.", "/"},
		{"/..", "/"},
		{"/../../a", "/a"},
		{"a", "a"},
		{"a/", "a"},
		{"a//b", "a/b"},
		{"/a/b/", "/a/b"},
		{"a/./b", "a/b"},
		{"a/b/..", "a"},
		{"a/..", "."},
		{"a/../b", "b"},
		{"/a/..", "/"},
		{"/a/../b", "/b"},
		{"..", ".."},
		{"../..", "../.."},
		{"../a/..", ".."},
		{"a/../..", ".."},
		{"a/../../b/../c", "../c"},
		{"/a/b/../../..", "/"},
		{"...", "..."},
		{"a/...", "a/..."},
		{"..a/b..", "..a/b.."},
		{".a", ".a"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_free_ char *clean = NULL;

		assert_int_equal(path_clean(cases[i].path, &clean), 0);
		assert_string_equal(clean, cases[i].clean);
	}
}

static void absolute(void **state)
{
	_cleanup_free_ char *path = NULL, *want = NULL, *above = NULL;
	_cleanup_free_ char *before = getcwd(NULL, 0);

	assert_non_null(before);
	assert_int_equal(chdir(scratch_path), 0);
	assert_int_equal(path_absolute("x/./y", &path), 0);
	assert_int_equal(str_format(&want, "%s/x/y", scratch_path), 0);
	assert_string_equal(path, want);
	freep(&path);
	assert_int_equal(path_absolute("..//x", &path), 0);
	assert_string_equal(path, "/tmp/x");
	freep(&path);
	assert_int_equal(path_absolute("/a/../b", &path), 0);
	assert_string_equal(path, "/b");
	/* A working directory that is gone has no path. */
	assert_int_equal(mkdir("gone", 0755), 0);
	assert_int_equal(chdir("gone"), 0);
	assert_int_equal(rmdir("../gone"), 0);
	assert_int_equal(path_absolute("x", &above), -ENOENT);
	assert_null(above);
	assert_int_equal(chdir(before), 0);
}

static void base(void **state)
{
	assert_string_equal(path_base("a"), "a");
	assert_string_equal(path_base("/a/b"), "b");
	assert_string_equal(path_base("a/"), "");
	assert_string_equal(path_base(""), "");
}

static void is_file(void **state)
{
	char path[128];

	scratch_write("file", "");
	(void)snprintf(path, sizeof path, "%s/file", scratch_path);
	assert_true(path_is_file(path));
	assert_int_equal(symlinkat("file", scratch_fd, "link"), 0);
	(void)snprintf(path, sizeof path, "%s/link", scratch_path);
	assert_true(path_is_file(path));
	(void)snprintf(path, sizeof path, "%s/none", scratch_path);
	assert_false(path_is_file(path));
	assert_false(path_is_file(scratch_path));
	assert_false(path_is_file("/dev/null"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(cleaned),
		cmocka_unit_test(absolute),
		cmocka_unit_test(base),
		cmocka_unit_test(is_file),
	};

	return cmocka_run_group_tests_name("base/path", tests, scratch_make, scratch_remove);
}
