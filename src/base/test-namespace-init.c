/* SPDX-License-Identifier: Apache-2.0 */
#include "base/namespace-init.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NOBODY 65534

static pid_t sleeper(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	return pid;
}

/* What a parent does: it stays for as long as a child of its own does. */
static _Noreturn void wait_for_children(void)
{
	while (waitpid(-1, NULL, 0) > 0)
		;
	_exit(0);
}

static void end(pid_t parent, const pid_t *children, size_t n_children)
{
	/* The first of a namespace takes those that came after it along. */
	for (size_t i = n_children; i-- > 0;) {
		assert_true(children[i] > 0);
		assert_int_equal(kill(children[i], SIGKILL), 0);
	}
	assert_int_equal(waitpid(parent, NULL, 0), parent);
}

/* A process with three children: one of its own namespace, then the first of another, then a second
 * one there. */
static pid_t start_parent(pid_t ret_children[3])
{
	int fds[2];
	pid_t parent;

	assert_int_equal(pipe(fds), 0);
	parent = fork();
	assert_true(parent >= 0);
	if (parent == 0) {
		pid_t children[3] = {sleeper()};

		if (unshare(CLONE_NEWPID) == 0) {
			children[1] = sleeper();
			children[2] = sleeper();
		}
		if (write(fds[1], children, sizeof children) < 0)
			_exit(1);
		wait_for_children();
	}
	assert_int_equal(
		read(fds[0], ret_children, 3 * sizeof *ret_children), 3 * sizeof *ret_children);
	(void)close(fds[0]);
	(void)close(fds[1]);
	return parent;
}

static void among_other_children(void **state)
{
	pid_t children[3], parent;

	if (geteuid() != 0)
		skip();
	assert_int_equal(namespace_init_of(getpid()), 0);
	parent = start_parent(children);
	assert_true(children[1] > 0);
	assert_int_equal(namespace_init_of(parent), children[1]);
	assert_int_equal(namespace_init_of(getpid()), 0);
	end(parent, children, 3);
}

/* Anybody can be the parent of the first process of a namespace. */
static void another_user(void **state)
{
	for (unsigned program = 0; program < 2; program++) {
		int fds[2];
		pid_t parent, child;

		if (geteuid() != 0)
			skip();
		assert_int_equal(pipe(fds), 0);
		parent = fork();
		assert_true(parent >= 0);
		if (parent == 0) {
			/* A user, or a set-user-ID program that a user has started. */
			uid_t effective = program ? 0 : NOBODY;

			if (setresuid(NOBODY, effective, effective) < 0 ||
				unshare((program ? 0 : CLONE_NEWUSER) | CLONE_NEWPID) < 0)
				_exit(1);
			child = sleeper();
			if (write(fds[1], &child, sizeof child) < 0)
				_exit(1);
			wait_for_children();
		}
		(void)close(fds[1]);
		assert_int_equal(read(fds[0], &child, sizeof child), sizeof child);
		(void)close(fds[0]);
		assert_int_equal(namespace_init_of(parent), 0);
		end(parent, &child, 1);
	}
}

static void no_parent(void **state)
{
	pid_t gone = fork();

	assert_true(gone >= 0);
	if (gone == 0)
		_exit(0);
	assert_int_equal(waitpid(gone, NULL, 0), gone);
	assert_int_equal(namespace_init_of(gone), -ENOENT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_user),
		cmocka_unit_test(no_parent),
		cmocka_unit_test(among_other_children),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
