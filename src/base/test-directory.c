/* SPDX-License-Identifier: Apache-2.0 */
#include "base/directory.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include "base/cleanup.h"
#include "base/test-scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(fstatat(scratch_fd, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISDIR(st.st_mode));
	return st.st_mode & 07777;
}

static void all_that_is_missing(void **state)
{
	assert_int_equal(path_mkdir_parents(scratch_fd, "a", 0755), 0);
	assert_int_equal(path_mkdir_parents(scratch_fd, "a/b/c/d", 0750), 0);
	assert_int_equal(mode_of("a"), 0755);
	assert_int_equal(mode_of("a/b"), 0750);
	assert_int_equal(mode_of("a/b/c/d"), 0750);
	assert_int_equal(path_mkdir_parents(scratch_fd, "x//y/", 0700), 0);
	assert_int_equal(mode_of("x/y"), 0700);
}

static void what_is_there_stays(void **state)
{
	assert_int_equal(path_mkdir_parents(scratch_fd, "there/deep", 0700), 0);
	scratch_write("there/deep/file", "kept");
	assert_int_equal(path_mkdir_parents(scratch_fd, "there/deep", 0755), 0);
	assert_int_equal(mode_of("there/deep"), 0700);
	scratch_expect("there/deep/file", "kept");
	assert_int_equal(path_mkdir_parents(scratch_fd, "", 0755), 0);
	assert_int_equal(path_mkdir_parents(scratch_fd, ".", 0755), 0);
}

static void absolute(void **state)
{
	char path[128];

	(void)snprintf(path, sizeof path, "%s/abs/olute", scratch_path);
	assert_int_equal(path_mkdir_parents(AT_FDCWD, path, 0711), 0);
	assert_int_equal(mode_of("abs/olute"), 0711);
	assert_int_equal(path_mkdir_parents(AT_FDCWD, "/", 0711), 0);
}

static void failures(void **state)
{
	char path[PATH_MAX + 10];

	scratch_write("file", "");
	assert_int_equal(path_mkdir_parents(scratch_fd, "file/a", 0755), -ENOTDIR);
	assert_int_equal(path_mkdir_parents(scratch_fd, "file/a/b", 0755), -ENOTDIR);
	assert_int_equal(path_mkdir_parents(-1, "a/b", 0755), -EBADF);
	memset(path, 'x', sizeof path);
	for (size_t i = 100; i < sizeof path; i += 100)
		path[i] = '/';
	path[sizeof path - 1] = '\0';
	assert_int_equal(path_mkdir_parents(scratch_fd, path, 0755), -ENAMETOOLONG);
	path[100] = '\0';
	assert_false(scratch_has(path));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_is_missing),
		cmocka_unit_test(what_is_there_stays),
		cmocka_unit_test(absolute),
		cmocka_unit_test(failures),
	};

	(void)umask(022);
	return cmocka_run_group_tests_name("base/directory", tests, scratch_make, scratch_remove);
}
