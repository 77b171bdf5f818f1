/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1/stage1.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include "pod/test-fixture.h"

typedef struct Running {
	Fixture *f;
	Pod *pod;
} Running;

static int set_up(void **state)
{
	static Running running;
	void *fixture;

	if (fixture_setup(&fixture) < 0)
		return -1;
	running.f = fixture;
	running.pod = fixture_pod(running.f, "run");
	*state = &running;
	return 0;
}

static int tear_down(void **state)
{
	Running *r = *state;
	void *fixture = r->f;

	pod_free(r->pod);
	return fixture_teardown(&fixture);
}

static void unknown_flavor(void **state)
{
	const Running *r = *state;
	static const char *const command[] = {"/bin/true", NULL};
	const Stage1Run run = {.net = "default"};
	char want[256];
	Stage1Gc gc = {0};

	(void)snprintf(want, sizeof want, "pod \"%s\" has the unknown stage1 flavor \"other\"",
		r->pod->uuid);
	assert_int_equal(symlinkat("other", r->pod->fd, "flavor"), 0);
	for (unsigned i = 0; i < 4; i++) {
		Error err = ERROR_INIT;
		int result = i == 0   ? stage1_run(r->pod, &run, &err)
			     : i == 1 ? stage1_enter(r->pod, "app", command, &err)
			     : i == 2 ? stage1_stop(r->pod, false, &err)
				      : stage1_gc(&gc, r->pod, &err);

		assert_int_equal(result, -ENOENT);
		assert_string_equal(fixture_origin(&err), want);
	}
}

static void flavor_is_no_link(void **state)
{
	const Running *r = *state;
	Error err = ERROR_INIT;

	fixture_write(r->pod, "flavor", "native");
	assert_int_equal(stage1_stop(r->pod, false, &err), -EINVAL);
	assert_non_null(strstr(fixture_origin(&err), "read the flavor of pod"));
}

/* A process in the pod's directory that waits for a signal, and before that may have made another
 * that does. */
static pid_t start_process(const Pod *pod, bool with_child, pid_t *ret_child)
{
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		pid_t child = 1;

		if (fchdir(pod->fd) < 0 || (with_child && unshare(CLONE_NEWPID) < 0))
			_exit(1);
		if (with_child)
			child = fork();

		if (child > 0 && write(fds[1], &child, sizeof child) < 0)
			_exit(1);
		if (child > 0 && with_child)
			(void)waitpid(child, NULL, 0);
		else
			(void)pause();
		_exit(33);
	}
	assert_int_equal(read(fds[0], ret_child, sizeof *ret_child), sizeof *ret_child);
	(void)close(fds[0]);
	(void)close(fds[1]);
	return pid;
}

static void write_pid(const Pod *pod, pid_t pid)
{
	char text[32];

	(void)snprintf(text, sizeof text, "%d\n", (int)pid);
	fixture_write(pod, "ppid", text);
}

static void stop_asks_the_supervisor(void **state)
{
	const Running *r = *state;
	pid_t pid, child;
	int status;

	pid = start_process(r->pod, false, &child);
	write_pid(r->pod, pid);
	assert_int_equal(pod_lock(&r->f->pods, r->pod, NULL), 0);
	assert_int_equal(stage1_stop(r->pod, false, NULL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
}

/* By force what dies is the pod; its supervisor lives to clean up. */
static void stop_by_force(void **state)
{
	const Running *r = *state;
	pid_t pid, child;
	int status;

	pid = start_process(r->pod, true, &child);
	write_pid(r->pod, pid);
	assert_int_equal(pod_lock(&r->f->pods, r->pod, NULL), 0);
	assert_int_equal(stage1_stop(r->pod, true, NULL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 33);
}

/* A pod that nobody holds the lock of is over, and the number in its file may be anybody's by now.
 */
static void stop_of_a_pod_that_is_over(void **state)
{
	const Running *r = *state;
	pid_t pid, child;
	int status;

	pid = start_process(r->pod, false, &child);
	write_pid(r->pod, pid);
	assert_int_equal(stage1_stop(r->pod, false, NULL), 0);
	assert_int_equal(stage1_stop(r->pod, true, NULL), 0);
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
}

static void stop_without_supervisor(void **state)
{
	const Running *r = *state;

	assert_int_equal(stage1_stop(r->pod, false, NULL), -ENOENT);
	assert_int_equal(stage1_stop(r->pod, true, NULL), -ENOENT);
}

/* There is nothing to collect where nothing was started, and where the plan is no plan. */
static void gc_of_next_to_nothing(void **state)
{
	const Running *r = *state;
	Stage1Gc gc = {.debug = true};

	assert_int_equal(stage1_gc(&gc, r->pod, NULL), 0);
	fixture_write(r->pod, "plan", "half a plan");
	assert_int_equal(stage1_gc(&gc, r->pod, NULL), 0);
}

static void enter_without_process(void **state)
{
	static const char *const command[] = {"/bin/true", NULL};
	const Running *r = *state;
	Error err = ERROR_INIT;
	char want[128];
	pid_t pid, child;

	assert_true(stage1_enter(r->pod, "app", command, &err) < 0);
	assert_non_null(strstr(fixture_origin(&err), "has not started yet"));
	/* A supervisor that has not started anything yet. */
	pid = start_process(r->pod, false, &child);
	write_pid(r->pod, pid);
	(void)snprintf(
		want, sizeof want, "pod \"%s\" has no process yet, or no more", r->pod->uuid);
	assert_int_equal(stage1_enter(r->pod, "app", command, &err), -ESRCH);
	assert_string_equal(fixture_origin(&err), want);
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void too_many_words(void **state)
{
	const Running *r = *state;
	const char *command[600];
	Error err = ERROR_INIT;
	pid_t pid, child;

	for (size_t i = 0; i < ARRAY_LEN(command); i++)
		command[i] = "word";
	command[ARRAY_LEN(command) - 1] = NULL;
	pid = start_process(r->pod, true, &child);
	write_pid(r->pod, pid);
	assert_int_equal(stage1_enter(r->pod, "app", command, &err), -E2BIG);
	assert_string_equal(fixture_origin(&err), "more than 511 arguments");
	(void)kill(child, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* What cannot be compiled leaves nothing behind. */
static void prepare_refused(void **state)
{
	const Running *r = *state;
	const PodManifest nothing = {0};
	const PlanInput in = {.uuid = r->pod->uuid, .manifest = &nothing};
	Error err = ERROR_INIT;

	assert_int_equal(stage1_prepare(stage1_flavor(NULL), r->pod, &in, NULL, &err), -EINVAL);
	assert_string_equal(fixture_origin(&err), "pod must contain at least one application");
	assert_int_equal(faccessat(r->pod->fd, "plan", F_OK, 0), -1);
	assert_int_equal(faccessat(r->pod->fd, "overlay", F_OK, 0), -1);
}

#define WITH_POD(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_POD(unknown_flavor),
		WITH_POD(flavor_is_no_link),
		WITH_POD(stop_asks_the_supervisor),
		WITH_POD(stop_by_force),
		WITH_POD(stop_of_a_pod_that_is_over),
		WITH_POD(stop_without_supervisor),
		WITH_POD(gc_of_next_to_nothing),
		WITH_POD(enter_without_process),
		WITH_POD(too_many_words),
		WITH_POD(prepare_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
