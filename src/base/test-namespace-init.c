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

static void end(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void among_other_children(void **state)
{
	pid_t before = sleeper(), init, behind;

	if (geteuid() != 0) {
		end(before);
		skip();
	}
	assert_int_equal(namespace_init_of(getpid()), 0);
	assert_int_equal(unshare(CLONE_NEWPID), 0);
	init = sleeper();
	assert_int_equal(namespace_init_of(getpid()), init);
	/* In the same namespace, and not its first. */
	behind = sleeper();
	assert_int_equal(namespace_init_of(getpid()), init);
	end(before);
	assert_int_equal(namespace_init_of(getpid()), init);
	end(behind);
	end(init);
	assert_int_equal(namespace_init_of(getpid()), 0);
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
		cmocka_unit_test(no_parent),
		/* No process can be made behind it: the namespace has ended. */
		cmocka_unit_test(among_other_children),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
