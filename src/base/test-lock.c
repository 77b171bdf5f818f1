/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lock.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/test-scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static int try_dir(LockMode mode)
{
	return lock_dir(scratch_fd, ".", mode, false, NULL);
}

static void shared_and_exclusive(void **state)
{
	Error err = ERROR_INIT;
	int one = try_dir(LOCK_MODE_SHARED), two = try_dir(LOCK_MODE_SHARED);

	assert_true(one >= 0 && two >= 0);
	assert_int_equal(fcntl(one, F_GETFD), FD_CLOEXEC);
	assert_int_equal(lock_dir(scratch_fd, ".", LOCK_MODE_EXCLUSIVE, false, &err), -EWOULDBLOCK);
	assert_int_equal(err.n_frames, 0);
	one = fd_close(one);
	assert_int_equal(try_dir(LOCK_MODE_EXCLUSIVE), -EWOULDBLOCK);
	two = fd_close(two);
	one = try_dir(LOCK_MODE_EXCLUSIVE);
	assert_true(one >= 0);
	assert_int_equal(try_dir(LOCK_MODE_SHARED), -EWOULDBLOCK);
	assert_int_equal(try_dir(LOCK_MODE_EXCLUSIVE), -EWOULDBLOCK);
	(void)fd_close(one);
}

static void files_are_made(void **state)
{
	_cleanup_close_ int fd = lock_file(scratch_fd, "lock", LOCK_MODE_EXCLUSIVE, false, NULL);
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(fstatat(scratch_fd, "lock", &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(
		lock_file(scratch_fd, "lock", LOCK_MODE_SHARED, false, NULL), -EWOULDBLOCK);
}

static void not_lockable(void **state)
{
	Error err = ERROR_INIT;

	scratch_write("file", "");
	assert_int_equal(lock_dir(scratch_fd, "file", LOCK_MODE_SHARED, false, &err), -ENOTDIR);
	assert_string_equal(err.frames[0].text, "open file: not a directory");
	assert_int_equal(lock_dir(scratch_fd, "none", LOCK_MODE_SHARED, true, &err), -ENOENT);
	assert_int_equal(symlinkat("file", scratch_fd, "link"), 0);
	assert_int_equal(lock_file(scratch_fd, "link", LOCK_MODE_SHARED, false, &err), -ELOOP);
}

/* A child that waits for the lock has it when the last copy of ours is closed, not before. */
static void waits(void **state)
{
	int held = try_dir(LOCK_MODE_EXCLUSIVE), copy = fcntl(held, F_DUPFD_CLOEXEC, 0), fds[2];
	struct pollfd readable = {.events = POLLIN};
	int status;
	pid_t pid;

	assert_true(held >= 0 && copy >= 0);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)fd_close(held);
		(void)fd_close(copy);
		if (lock_dir(scratch_fd, ".", LOCK_MODE_SHARED, true, NULL) < 0)
			_exit(1);
		_exit(fd_write(fds[1], "x", 1) == 0 ? 0 : 2);
	}
	(void)fd_close(fds[1]);
	readable.fd = fds[0];
	(void)fd_close(held);
	assert_int_equal(poll(&readable, 1, 200), 0);
	(void)fd_close(copy);
	assert_int_equal(poll(&readable, 1, 10000), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	(void)fd_close(fds[0]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(shared_and_exclusive),
		cmocka_unit_test(files_are_made),
		cmocka_unit_test(not_lockable),
		cmocka_unit_test(waits),
	};

	(void)umask(022);
	return cmocka_run_group_tests_name("base/lock", tests, scratch_make, scratch_remove);
}
