/* SPDX-License-Identifier: Apache-2.0 */
#include "store/file-content.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>
#include "base/fd.h"
#include "store/test-archive.h"

#define BLOCK (1 << 16)

static int new_file(const char *dir, const char *name)
{
	_cleanup_close_ int dirfd = fd_open_dir(AT_FDCWD, dir);
	int fd = openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	return fd;
}

static void put(int fd, off_t at)
{
	assert_int_equal(pwrite(fd, "data", 4, at), 4);
}

/* Copies with the status that the file had before, and may write no more than that says. */
static int copy(int from, int to, const struct stat *st)
{
	FileContent content = {.no_clone = true};
	struct rlimit before, limit;
	Error err = ERROR_INIT;
	int r;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)st->st_size;
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	r = file_content_copy(&content, from, to, st, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	file_content_done(&content);
	return r;
}

/* A file with a hole, and data at its end and in front of that, that grows before it is copied. */
static void grows(off_t more)
{
	_cleanup_close_ int from = -1, to = -1;
	char dir[64], text[4];
	struct stat st, copied;

	fd_close(test_dir_make(dir));
	from = new_file(dir, "from");
	to = new_file(dir, "to");
	put(from, 4 * BLOCK);
	put(from, 8 * BLOCK - 4);
	assert_int_equal(fstat(from, &st), 0);
	assert_true(st.st_blocks * 512 < st.st_size);
	put(from, st.st_size + more);
	assert_int_equal(copy(from, to, &st), 0);
	assert_int_equal(fstat(to, &copied), 0);
	assert_int_equal(copied.st_size, st.st_size);
	assert_true(copied.st_blocks * 512 < st.st_size);
	assert_int_equal(pread(to, text, 4, 8 * BLOCK - 4), 4);
	assert_memory_equal(text, "data", 4);
	test_dir_remove(dir);
}

/* The range of data that the end lay in goes on behind it. */
static void grows_at_the_end(void **state)
{
	grows(0);
}

static void grows_behind_a_hole(void **state)
{
	grows(64 * BLOCK);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_at_the_end),
		cmocka_unit_test(grows_behind_a_hole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
