/* SPDX-License-Identifier: Apache-2.0 */
#include "base/path.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/test-scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define DEEP 3000

static void anything_goes(void **state)
{
	scratch_write("file", "x");
	assert_int_equal(path_mkdir_parents(scratch_fd, "tree/a/b", 0755), 0);
	assert_int_equal(path_mkdir_parents(scratch_fd, "tree/empty", 0755), 0);
	scratch_write("tree/a/b/c", "x");
	assert_int_equal(symlinkat("../file", scratch_fd, "tree/link"), 0);
	assert_int_equal(symlinkat("..", scratch_fd, "tree/up"), 0);
	assert_int_equal(mkfifoat(scratch_fd, "tree/pipe", 0600), 0);
	assert_int_equal(path_remove_tree(scratch_fd, "tree"), 0);
	assert_false(scratch_has("tree"));
	assert_true(scratch_has("file"));
	assert_int_equal(path_remove_tree(scratch_fd, "file"), 0);
	assert_false(scratch_has("file"));
	assert_int_equal(path_remove_tree(scratch_fd, "never-was"), 0);
}

/* More levels than there are descriptors, made as an app would: by going down. */
static void deep_trees_go(void **state)
{
	_cleanup_close_ int fd = -1;

	assert_int_equal(mkdirat(scratch_fd, "deep", 0755), 0);
	fd = fd_open_dir(scratch_fd, "deep");
	for (int i = 0; i < DEEP; i++) {
		int next;

		assert_int_equal(mkdirat(fd, "d", 0755), 0);
		if (i % 500 == 0)
			assert_int_equal(mkdirat(fd, ".rkt-removed-0", 0755), 0);
		next = fd_open_dir(fd, "d");
		assert_true(next >= 0);
		(void)fd_close(fd);
		fd = next;
	}
	assert_int_equal(path_remove_tree(scratch_fd, "deep"), 0);
	assert_false(scratch_has("deep"));
}

/* Makes files in the directory until that is gone. */
static _noreturn_ void write_on(int dir)
{
	char name[16];
	int fd;

	for (unsigned i = 0;; i++) {
		(void)snprintf(name, sizeof name, "%u", i);
		fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			_exit(0);
		(void)close(fd);
		(void)usleep(1);
	}
}

static void trees_go_that_somebody_writes_to(void **state)
{
	int status;

	for (int i = 0; i < 20; i++) {
		_cleanup_close_ int dir = -1;
		pid_t pid;

		assert_int_equal(path_mkdir_parents(scratch_fd, "busy/sub", 0755), 0);
		dir = openat(scratch_fd, "busy/sub", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			write_on(dir);
		(void)usleep(3000);
		assert_int_equal(path_remove_tree(scratch_fd, "busy"), 0);
		assert_false(scratch_has("busy"));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

/* In a mount namespace of its own: a host directory that is bound into the tree keeps its files. */
static int remove_with_bind_mount(void)
{
	char source[64], target[64];

	(void)snprintf(source, sizeof source, "%s/precious", scratch_path);
	(void)snprintf(target, sizeof target, "%s/pod/volume", scratch_path);
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount(source, target, NULL, MS_BIND, NULL) < 0)
		return 77;
	scratch_fd = fd_open_dir(AT_FDCWD, scratch_path);
	if (path_remove_tree(scratch_fd, "pod") >= 0)
		return 1;
	return scratch_has("precious/file") && !scratch_has("pod/other") ? 0 : 2;
}

static void mounts_are_not_entered(void **state)
{
	int status;
	pid_t pid;

	if (geteuid() != 0)
		skip();
	assert_int_equal(path_mkdir_parents(scratch_fd, "pod/volume", 0755), 0);
	assert_int_equal(path_mkdir_parents(scratch_fd, "precious", 0755), 0);
	scratch_write("precious/file", "x");
	scratch_write("pod/other", "x");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(remove_with_bind_mount());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) != 77)
		assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(path_remove_tree(scratch_fd, "precious"), 0);
	assert_int_equal(path_remove_tree(scratch_fd, "pod"), 0);
	if (WEXITSTATUS(status) == 77)
		skip();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anything_goes),
		cmocka_unit_test(deep_trees_go),
		cmocka_unit_test(trees_go_that_somebody_writes_to),
		cmocka_unit_test(mounts_are_not_entered),
	};

	return cmocka_run_group_tests_name("base/path-remove", tests, scratch_make, scratch_remove);
}
