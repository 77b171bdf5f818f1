/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"

#include <fcntl.h>
#include <sys/stat.h>
#include "base/test-scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void expect_read(const char *path, size_t max, const char *want)
{
	_cleanup_free_ char *text = NULL;
	size_t len;

	assert_int_equal(fd_read_file(scratch_fd, path, max, &text, &len, NULL), 0);
	assert_int_equal(len, strlen(want));
	assert_string_equal(text, want);
}

static void expect_not_read(const char *path, size_t max, int result, const char *message)
{
	char *text = NULL;
	size_t len = 77;
	Error err = ERROR_INIT;

	assert_int_equal(fd_read_file(scratch_fd, path, max, &text, &len, &err), result);
	assert_null(text);
	assert_int_equal(len, 77);
	assert_string_equal(err.frames[0].text, message);
}

static void files_have_a_ceiling(void **state)
{
	scratch_write("five", "12345");
	expect_read("five", 100, "12345");
	expect_read("five", 6, "12345");
	expect_read("five", 5, "12345");
	expect_not_read("five", 4, -EFBIG, "read five: larger than 4 bytes");
	expect_not_read("five", 0, -EFBIG, "read five: larger than 0 bytes");
	scratch_write("empty", "");
	expect_read("empty", 100, "");
	expect_read("empty", 0, "");
}

static void files_of_any_size(void **state)
{
	static const size_t sizes[] = {1, 4095, 4096, 4097, 8192, 100000};

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		_cleanup_free_ char *text = calloc(1, sizes[i] + 1);

		assert_non_null(text);
		memset(text, 'x', sizes[i]);
		scratch_write("sized", text);
		expect_read("sized", sizes[i], text);
		expect_read("sized", SIZE_MAX, text);
	}
}

/* Their size is zero, or one page, whatever is in them. */
static void files_of_the_kernel(void **state)
{
	_cleanup_free_ char *stat_text = NULL, *maps = NULL, *sys = NULL;
	char *none = NULL;
	size_t len;

	assert_int_equal(
		fd_read_file(AT_FDCWD, "/proc/self/stat", 4096, &stat_text, &len, NULL), 0);
	assert_int_equal(len, strlen(stat_text));
	assert_true(len > 10 && stat_text[len - 1] == '\n');
	assert_int_equal(fd_read_file(AT_FDCWD, "/proc/self/stat", 10, &none, &len, NULL), -EFBIG);
	assert_null(none);
	/* Many times the first guess. */
	assert_int_equal(
		fd_read_file(AT_FDCWD, "/proc/self/smaps", 16 << 20, &maps, &len, NULL), 0);
	assert_true(len > 8192 && len == strlen(maps));
	/* Said to be of 4096 bytes. */
	assert_int_equal(
		fd_read_file(AT_FDCWD, "/sys/kernel/uevent_seqnum", 100, &sys, &len, NULL), 0);
	assert_true(len > 0 && len == strlen(sys));
}

static void not_files(void **state)
{
	assert_int_equal(mkdirat(scratch_fd, "dir", 0755), 0);
	expect_not_read("dir", 10, -EISDIR, "read dir: is a directory");
	expect_not_read("none", 10, -ENOENT, "open none: no such file or directory");
	assert_int_equal(mkfifoat(scratch_fd, "fifo", 0600), 0);
	expect_not_read("fifo", 10, -EINVAL, "read fifo: not a regular file");
	assert_int_equal(symlinkat("/dev/zero", scratch_fd, "zero"), 0);
	expect_not_read("zero", 10, -EINVAL, "read zero: not a regular file");
}

/* A pipe with text in it, as /dev/fd/N. */
static void open_pipe(const char *text, int *ret_fd, char path[static 32])
{
	int fds[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write(fds[1], text, strlen(text)), strlen(text));
	(void)close(fds[1]);
	(void)snprintf(path, 32, "/dev/fd/%d", fds[0]);
	*ret_fd = fds[0];
}

static void what_a_user_names(void **state)
{
	_cleanup_close_ int fd = -1, other = -1;
	_cleanup_free_ char *text = NULL, *none = NULL;
	char path[32];
	Error err = ERROR_INIT;
	size_t len;

	open_pipe("12345", &fd, path);
	assert_int_equal(fd_read_input(path, 5, &text, &len, NULL), 0);
	assert_int_equal(len, 5);
	assert_string_equal(text, "12345");
	open_pipe("12345", &other, path);
	assert_int_equal(fd_read_input(path, 4, &none, NULL, NULL), -EFBIG);
	assert_int_equal(fd_read_input("/dev/zero", 4, &none, NULL, NULL), -EFBIG);
	assert_int_equal(fd_read_input("/", 4, &none, NULL, &err), -EISDIR);
	assert_string_equal(err.frames[0].text, "read /: is a directory");
	assert_null(none);
}

static void written(void **state)
{
	struct stat st;
	Error err = ERROR_INIT;

	assert_int_equal(fd_write_file(scratch_fd, "new", 0640, "abc", 3, NULL), 0);
	scratch_expect("new", "abc");
	assert_int_equal(fstatat(scratch_fd, "new", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	/* In place, and not a byte of the old content. */
	assert_int_equal(fd_write_file(scratch_fd, "new", 0600, "z", 1, NULL), 0);
	scratch_expect("new", "z");
	assert_int_equal(symlinkat("new", scratch_fd, "link"), 0);
	assert_int_equal(fd_write_file(scratch_fd, "link", 0640, "x", 1, &err), -ELOOP);
	assert_string_equal(err.frames[0].text, "create link: too many levels of symbolic links");
	scratch_expect("new", "z");
}

static void close_on_exec(void **state)
{
	_cleanup_close_ int fd = fd_open_dir(scratch_fd, ".");
	_cleanup_closedir_ DIR *dir = fd_opendir(fd);

	assert_true(fd >= 0);
	assert_non_null(dir);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(dirfd(dir), F_GETFD), FD_CLOEXEC);
	assert_int_not_equal(dirfd(dir), fd);
	assert_int_equal(fd_set_cloexec(fd, false), 0);
	assert_int_equal(fcntl(fd, F_GETFD), 0);
	assert_int_equal(fd_set_cloexec(fd, true), 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fd_set_cloexec(-1, true), -EBADF);
	scratch_write("file", "");
	assert_int_equal(fd_open_dir(scratch_fd, "file"), -ENOTDIR);
	assert_null(fd_opendir(-1));
}

/* More than a pipe holds, in pieces, to a reader that comes later. */
static void transferred_whole(void **state)
{
	static char sent[300000], got[sizeof sent + 10];
	int fds[2];
	pid_t pid;

	for (size_t i = 0; i < sizeof sent; i++)
		sent[i] = (char)(i * 7);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fd_write(fds[1], sent, sizeof sent) == 0 ? 0 : 1);
	(void)fd_close(fds[1]);
	assert_int_equal(fd_read(fds[0], got, 10), 10);
	assert_int_equal(fd_read(fds[0], got + 10, sizeof got - 10), sizeof sent - 10);
	assert_memory_equal(got, sent, sizeof sent);
	assert_int_equal(fd_read(fds[0], got, 10), 0);
	(void)fd_close(fds[0]);
	assert_int_equal(fd_read(-1, got, 1), -EBADF);
	assert_int_equal(fd_write(-1, got, 1), -EBADF);
	assert_int_equal(fd_write(-1, got, 0), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_have_a_ceiling),
		cmocka_unit_test(files_of_any_size),
		cmocka_unit_test(files_of_the_kernel),
		cmocka_unit_test(not_files),
		cmocka_unit_test(what_a_user_names),
		cmocka_unit_test(written),
		cmocka_unit_test(close_on_exec),
		cmocka_unit_test(transferred_whole),
	};

	(void)umask(022);
	return cmocka_run_group_tests_name("base/fd", tests, scratch_make, scratch_remove);
}
