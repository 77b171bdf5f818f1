/* SPDX-License-Identifier: Apache-2.0 */
#include "base/atomic-file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/test-scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

/* How many entries a directory has, so that none is left behind. */
static unsigned entries(const char *path)
{
	_cleanup_close_ int fd = fd_open_dir(scratch_fd, path);
	_cleanup_closedir_ DIR *dir = fd_opendir(fd);
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	return n - 2;
}

static void appears_whole(void **state)
{
	struct stat st;

	assert_int_equal(mkdirat(scratch_fd, "dir", 0755), 0);
	assert_int_equal(atomic_write(scratch_fd, "dir/file", 0640, "abc", 3, NULL), 0);
	scratch_expect("dir/file", "abc");
	assert_int_equal(fstatat(scratch_fd, "dir/file", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(entries("dir"), 1);
	assert_int_equal(atomic_write(scratch_fd, "top", 0600, "", 0, NULL), 0);
	scratch_expect("top", "");
}

static void synced(void **state)
{
	_cleanup_close_ int dir = -1;

	assert_int_equal(mkdirat(scratch_fd, "synced", 0755), 0);
	dir = fd_open_dir(scratch_fd, "synced");
	assert_true(dir >= 0);
	assert_int_equal(atomic_write_synced(dir, "file", 0644, "abc", 3, NULL), 0);
	assert_int_equal(atomic_write_synced(dir, "file", 0644, "new", 3, NULL), 0);
	scratch_expect("synced/file", "new");
	assert_int_equal(entries("synced"), 1);
}

/* Who has the old file open keeps on reading it. */
static void replaces(void **state)
{
	_cleanup_close_ int old = -1;
	char text[8] = "";

	assert_int_equal(mkdirat(scratch_fd, "replaced", 0755), 0);
	scratch_write("replaced/file", "old");
	old = openat(scratch_fd, "replaced/file", O_RDONLY | O_CLOEXEC);
	assert_int_equal(atomic_write(scratch_fd, "replaced/file", 0644, "newer", 5, NULL), 0);
	scratch_expect("replaced/file", "newer");
	assert_int_equal(fd_read(old, text, sizeof text), 3);
	assert_string_equal(text, "old");
	/* A link is replaced, not followed. */
	assert_int_equal(symlinkat("file", scratch_fd, "replaced/link"), 0);
	assert_int_equal(atomic_write(scratch_fd, "replaced/link", 0644, "x", 1, NULL), 0);
	scratch_expect("replaced/link", "x");
	scratch_expect("replaced/file", "newer");
	assert_int_equal(entries("replaced"), 2);
}

static void failures_leave_nothing(void **state)
{
	Error err = ERROR_INIT;

	assert_int_equal(mkdirat(scratch_fd, "failed", 0755), 0);
	assert_int_equal(mkdirat(scratch_fd, "failed/dir", 0755), 0);
	assert_int_equal(atomic_write(scratch_fd, "failed/dir", 0644, "x", 1, &err), -EISDIR);
	assert_string_equal(err.frames[0].text, "write failed/dir: is a directory");
	assert_int_equal(entries("failed"), 1);
	assert_int_equal(atomic_write(scratch_fd, "none/file", 0644, "x", 1, &err), -ENOENT);
	assert_string_equal(err.frames[0].text, "write none/file: no such file or directory");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(appears_whole),
		cmocka_unit_test(synced),
		cmocka_unit_test(replaces),
		cmocka_unit_test(failures_leave_nothing),
	};

	(void)umask(022);
	return cmocka_run_group_tests_name("base/atomic-file", tests, scratch_make, scratch_remove);
}
