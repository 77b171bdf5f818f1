/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1/entry-point.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include "pod/test-fixture.h"

static EntryPoint shell(const char *script)
{
	EntryPoint e;

	entry_point_init(&e, "/bin/sh", "name");
	entry_point_add(&e, "-c");
	entry_point_add(&e, script);
	return e;
}

static void runs_in_the_pods_directory(void **state)
{
	EntryPoint e = shell("echo \"$PWD\" >mark; exit 7");
	Fixture *f = *state;
	Pod *pod = fixture_pod(f, "run");

	assert_int_equal(entry_point_run(&e, pod, NULL), 7);
	assert_int_equal(faccessat(pod->fd, "mark", F_OK, 0), 0);
	pod_free(pod);
}

static void death_by_signal(void **state)
{
	EntryPoint e = shell("kill -9 $$");
	Fixture *f = *state;
	Pod *pod = fixture_pod(f, "run");

	assert_int_equal(entry_point_run(&e, pod, NULL), 128 + SIGKILL);
	pod_free(pod);
}

static void room_for_so_many_arguments(void **state)
{
	EntryPoint e = shell("exit $#");
	Fixture *f = *state;
	Pod *pod = fixture_pod(f, "run");
	Error err = ERROR_INIT;

	while (e.n < ENTRY_POINT_ARGS - 1)
		entry_point_add(&e, "x");
	/* sh -c SCRIPT NAME ARGUMENT...: $# does not count four of them; exit statuses have a byte.
	 */
	assert_int_equal(entry_point_run(&e, pod, NULL), (ENTRY_POINT_ARGS - 1 - 4) % 256);
	entry_point_add(&e, "one too many");
	assert_int_equal(entry_point_run(&e, pod, &err), -E2BIG);
	assert_string_equal(fixture_origin(&err), "more than 511 arguments");
	assert_int_equal(entry_point_exec(&e, pod, &err), -E2BIG);
	pod_free(pod);
}

static void program_missing(void **state)
{
	Fixture *f = *state;
	Pod *pod = fixture_pod(f, "run");
	Error err = ERROR_INIT;
	EntryPoint e;

	entry_point_init(&e, "/no/such/program", "name");
	assert_int_equal(entry_point_exec(&e, pod, &err), -ENOENT);
	assert_non_null(strstr(fixture_origin(&err), "/no/such/program"));
	assert_int_equal(entry_point_run(&e, pod, &err), -ENOENT);
	pod_free(pod);
}

/* The status of a child that becomes e. */
static int status_of_exec(const EntryPoint *e, const Pod *pod)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)entry_point_exec(e, pod, NULL);
		_exit(255);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Who reaches the program through /proc cannot write to it, root or not. */
static void executed_from_a_read_only_mount(void **state)
{
	EntryPoint program = shell("test -w /proc/self/exe && exit 1; test -r /proc/self/exe");
	EntryPoint directory = shell("test -w /bin/sh && test -e here && test \"$0\" = sh");
	Fixture *f = *state;
	Pod *pod;

	if (geteuid() != 0) {
		print_message("needs root\n");
		skip();
	}
	entry_point_add(&directory, "sh");
	pod = fixture_pod(f, "run");
	fixture_write(pod, "here", "");
	assert_int_equal(status_of_exec(&program, pod), 0);
	assert_int_equal(status_of_exec(&directory, pod), 0);
	pod_free(pod);
}

#define WITH_PODS(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_PODS(runs_in_the_pods_directory),
		WITH_PODS(death_by_signal),
		WITH_PODS(room_for_so_many_arguments),
		WITH_PODS(program_missing),
		WITH_PODS(executed_from_a_read_only_mount),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
