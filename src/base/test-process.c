/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>
#include "base/fd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define SHELL(script)                                                                              \
	(const char *const[])                                                                      \
	{                                                                                          \
		"/bin/sh", "-c", script, NULL                                                      \
	}

static int run(const char *const *argv)
{
	Process p = PROCESS_INIT(argv);
	pid_t pid = process_spawn(&p, NULL);

	assert_true(pid > 0);
	return process_wait(pid, NULL);
}

static void exit_statuses(void **state)
{
	assert_int_equal(run(SHELL("exit 0")), 0);
	assert_int_equal(run(SHELL("exit 7")), 7);
	assert_int_equal(run(SHELL("exit 127")), 127);
	assert_int_equal(run(SHELL("kill -KILL $$")), 128 + SIGKILL);
	assert_int_equal(run(SHELL("kill -TERM $$")), 128 + SIGTERM);
	assert_int_equal(process_wait(getpid(), NULL), -ECHILD);
}

static void programs_that_do_not_start(void **state)
{
	static const char *const none[] = {"/no/such/program", NULL};
	static const char *const text[] = {"/etc/passwd", NULL};
	Process p = PROCESS_INIT(none);
	Error err = ERROR_INIT;

	assert_int_equal(process_spawn(&p, &err), -ENOENT);
	assert_string_equal(err.frames[0].text, "exec /no/such/program: no such file or directory");
	p.argv = text;
	assert_int_equal(process_spawn(&p, &err), -EACCES);
	p.argv = SHELL("exit 0");
	p.stdin_fd = 4000;
	assert_int_equal(process_spawn(&p, &err), -EBADF);
	/* None is left to be waited for. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static int become_shell(const void *userdata, Error *err)
{
	const char *script = userdata;

	if (!script)
		return error_set(err, __FILE__, __LINE__, -ENOTDIR, "nothing to become");
	(void)execl("/bin/sh", "sh", "-c", script, NULL);
	return -errno;
}

static void programs_that_a_child_becomes(void **state)
{
	Process p = PROCESS_INIT(SHELL("exit 1"));
	Error err = ERROR_INIT;

	p.become = become_shell;
	p.userdata = "exit 9";
	assert_int_equal(process_wait(process_spawn(&p, NULL), NULL), 9);
	p.userdata = NULL;
	assert_int_equal(process_spawn(&p, &err), -ENOTDIR);
	assert_string_equal(err.frames[0].text, "nothing to become");
}

static void output(void **state)
{
	Process p = PROCESS_INIT(SHELL("printf 'a\\nb'; exit 3"));
	_cleanup_free_ char *text = NULL;
	size_t len;

	assert_int_equal(process_output(&p, 100, &text, &len, NULL), 3);
	assert_int_equal(len, 3);
	assert_string_equal(text, "a\nb");
	freep(&text);
	p.argv = SHELL(":");
	assert_int_equal(process_output(&p, 100, &text, &len, NULL), 0);
	assert_int_equal(len, 0);
	assert_string_equal(text, "");
}

static void output_has_a_ceiling(void **state)
{
	Process p = PROCESS_INIT(SHELL("printf 12345"));
	_cleanup_free_ char *text = NULL;
	char *none = NULL;
	Error err = ERROR_INIT;

	assert_int_equal(process_output(&p, 5, &text, NULL, NULL), 0);
	assert_string_equal(text, "12345");
	assert_int_equal(process_output(&p, 4, &none, NULL, &err), -EFBIG);
	assert_string_equal(err.frames[0].text, "read the output of /bin/sh: file too large");
	assert_null(none);
	/* One that would never stop. */
	p.argv = SHELL("trap '' TERM PIPE; while :; do echo and so on; done");
	assert_int_equal(process_output(&p, 100000, &none, NULL, NULL), -EFBIG);
	assert_null(none);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void descriptors_and_directory(void **state)
{
	_cleanup_close_ int directory = fd_open_dir(AT_FDCWD, "/usr/bin"), not_for_it = -1;
	Process p = PROCESS_INIT(NULL);
	_cleanup_free_ char *text = NULL;
	char script[100];
	int fds[2];

	not_for_it = fcntl(directory, F_DUPFD_CLOEXEC, 100);
	assert_true(not_for_it >= 100);
	(void)snprintf(script, sizeof script, "pwd; cat; test -e /proc/$$/fd/%d || echo closed",
		not_for_it);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(fd_write(fds[1], "from the pipe\n", 14), 0);
	(void)fd_close(fds[1]);
	p.argv = SHELL(script);
	p.stdin_fd = fds[0];
	p.cwd_fd = directory;
	assert_int_equal(process_output(&p, 100, &text, NULL, NULL), 0);
	(void)fd_close(fds[0]);
	assert_string_equal(text, "/usr/bin\nfrom the pipe\nclosed\n");
}

/* Whoever starts programs and is killed takes them along. The pipe ends when all of them are gone.
 */
static void dies_with_its_parent(void **state)
{
	Process p = PROCESS_INIT(SHELL("echo; exec sleep 1000"));
	struct pollfd readable = {.events = POLLIN};
	int fds[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		p.stdout_fd = fds[1];
		if (process_spawn(&p, NULL) < 0)
			_exit(1);
		(void)pause();
	}
	(void)fd_close(fds[1]);
	readable.fd = fds[0];
	assert_int_equal(fd_read(fds[0], &c, 1), 1);
	assert_int_equal(poll(&readable, 1, 100), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(process_wait(pid, NULL), 128 + SIGKILL);
	assert_int_equal(poll(&readable, 1, 10000), 1);
	assert_int_equal(fd_read(fds[0], &c, 1), 0);
	(void)fd_close(fds[0]);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_statuses),
		cmocka_unit_test(programs_that_do_not_start),
		cmocka_unit_test(programs_that_a_child_becomes),
		cmocka_unit_test(output),
		cmocka_unit_test(output_has_a_ceiling),
		cmocka_unit_test(descriptors_and_directory),
		cmocka_unit_test(dies_with_its_parent),
	};

	return cmocka_run_group_tests_name("base/process", tests, NULL, NULL);
}
