/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/gc.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/fd.h"
#include "base/timestamp.h"
#include "pod/info.h"
#include "pod/test-fixture.h"

/* Many processes do everything to the same pods at once. Each checks that what it is told is
 * possible; what is left at the end must be collectable, and nothing may be left behind that is not
 * a pod. */

#define PROCESSES   20
#define DURATION_NS (INT64_C(2) * 1000000000)

/* Ways for a process to fail; the number is its exit status. */
enum {
	FINE,
	CREATE_FAILED,
	LOST_OWN_POD,
	WRONG_STATE,
	LIST_FAILED,
	OPEN_FAILED,
	PROBLEM_SEEN,
	RM_FAILED,
	GC_FAILED,
	COMPLAINT,
};

static int no_stage1(void *userdata, const Pod *p, Error *err)
{
	return 0;
}

static const GcHooks hooks = {.stage1_gc = no_stage1};

/* What the collection says to the user must only ever be what it did. */
static void check_line(void *userdata, PodStream stream, const char *text)
{
	bool *complaint = userdata;

	if (!startswith(text, "moving ") && !startswith(text, "Garbage collecting pod "))
		*complaint = true;
}

static bool is_state(const Pods *pods, const Pod *p, PodState state)
{
	_cleanup_pod_ Pod *seen = NULL;

	return pod_open(pods, p->uuid, &seen, NULL) == 0 && seen->state == state;
}

/* Lives through a pod's life. Nobody may touch it, or say anything else of it, while its lock is
 * held. */
static int live(Pods *pods, unsigned round)
{
	_cleanup_pod_ Pod *p = NULL;

	if (pod_create(pods, &p, NULL) < 0)
		return CREATE_FAILED;
	if (!is_state(pods, p, POD_PREPARING))
		return WRONG_STATE;
	fixture_write(
		p, "pod", "{\"acKind\":\"PodManifest\",\"acVersion\":\"0.8.11\",\"apps\":[]}");
	if (round % 4 == 0)
		return FINE; /* dies in preparation */
	if (pod_move_to_run(pods, p, NULL) < 0)
		return LOST_OWN_POD;
	if (!is_state(pods, p, POD_RUNNING))
		return WRONG_STATE;
	if (pod_rm(pods, p->uuid, &hooks, NULL) != -EBUSY)
		return WRONG_STATE;
	return is_state(pods, p, POD_RUNNING) ? FINE : LOST_OWN_POD;
}

static int look(const Pods *pods)
{
	char **uuids;
	size_t n;
	int result = FINE;

	if (pod_uuids(pods, &uuids, &n, NULL) < 0)
		return LIST_FAILED;
	for (size_t i = 0; i < n && result == FINE; i++) {
		_cleanup_pod_ Pod *p = NULL;
		_cleanup_pod_images_ PodImages images = POD_IMAGES_INIT;
		_cleanup_pod_info_ PodInfo *info = NULL;
		int r = pod_open(pods, uuids[i], &p, NULL);

		if (r == 0)
			r = pod_look(pods, &p, POD_INFO_WHOLE, &images, &info, NULL);
		if (r < 0 && r != -ENOENT)
			result = OPEN_FAILED;
		if (r == 0 && info->n_problems > 0)
			result = PROBLEM_SEEN;
	}
	pod_uuids_free(uuids, n);
	return result;
}

static int remove_first(const Pods *pods, unsigned round)
{
	char **uuids;
	size_t n;
	int r = 0;

	if (pod_uuids(pods, &uuids, &n, NULL) < 0)
		return LIST_FAILED;
	if (n > 0)
		r = pod_rm(pods, uuids[round % n], &hooks, NULL);
	pod_uuids_free(uuids, n);
	return r == 0 || r == -EBUSY || r == -ENOENT ? FINE : RM_FAILED;
}

static int one_process(const char *dir, unsigned number)
{
	_cleanup_pods_ Pods pods = PODS_INIT;
	const GcOptions options = {.expire_prepared_ns = DURATION_NS};
	int64_t end = timestamp_now() + DURATION_NS;
	bool complaint = false;
	int result = FINE;

	if (pods_open(&pods, dir, true, NULL) < 0)
		return LIST_FAILED;
	pods.listener = (PodListener){.line = check_line, .userdata = &complaint};
	for (unsigned round = 0; result == FINE && timestamp_now() < end; round++) {
		switch ((round + number) % 4) {
		case 0:
		case 1: result = live(&pods, round); break;
		case 2: result = number % 2 ? look(&pods) : remove_first(&pods, round); break;
		default:
			if (pods_gc(&pods, &options, &hooks, NULL) < 0)
				result = GC_FAILED;
		}
	}
	return result == FINE && complaint ? COMPLAINT : result;
}

static void everything_at_once(void **state)
{
	Fixture *f = *state;
	const GcOptions options = {0};
	pid_t pids[PROCESSES];
	int results[PROCESSES];
	char **uuids;
	size_t n;

	for (unsigned i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(one_process(f->dir, i));
	}
	for (unsigned i = 0; i < PROCESSES; i++) {
		assert_int_equal(waitpid(pids[i], &results[i], 0), pids[i]);
	}
	for (unsigned i = 0; i < PROCESSES; i++) {
		assert_true(WIFEXITED(results[i]));
		assert_int_equal(WEXITSTATUS(results[i]), FINE);
	}
	assert_int_equal(pods_gc(&f->pods, &options, &hooks, NULL), 0);
	assert_int_equal(pod_uuids(&f->pods, &uuids, &n, NULL), 0);
	pod_uuids_free(uuids, n);
	assert_int_equal(n, 0);
	/* Empty directories alone can be removed. */
	assert_int_equal(unlinkat(f->pods.fd, "run", AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(f->pods.fd, "prepare", AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(f->pods.fd, "exited-garbage", AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(f->pods.fd, "garbage", AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(f->pods.fd, "embryo", AT_REMOVEDIR), 0);
}

/* Makes pods, tells of each, and ends it at once. */
static int make_and_end(Fixture *f, int tell)
{
	int64_t end = timestamp_now() + DURATION_NS;

	while (timestamp_now() < end) {
		_cleanup_pod_ Pod *p = NULL;

		if (pod_create(&f->pods, &p, NULL) < 0 || fd_write(tell, p->uuid, UUID_TEXT) < 0 ||
			pod_move_to_run(&f->pods, p, NULL) < 0)
			return CREATE_FAILED;
	}
	return FINE;
}

/* A pod that goes from preparing to exited is never seen in a state that it was not in: the
 * directory and the lock have to be seen at one moment. */
static void no_state_is_made_up(void **state)
{
	Fixture *f = *state;
	char uuid[UUID_TEXT];
	int tell[2], status;
	pid_t pid;

	assert_int_equal(pipe2(tell, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* So that it ends with the reader, should that give up. */
		(void)close(tell[0]);
		_exit(make_and_end(f, tell[1]));
	}
	(void)close(tell[1]);
	while (fd_read(tell[0], uuid, UUID_TEXT) == UUID_TEXT) {
		PodState seen = POD_PREPARING;

		while (seen != POD_EXITED) {
			_cleanup_pod_ Pod *p = NULL;

			assert_int_equal(pod_open(&f->pods, uuid, &p, NULL), 0);
			seen = p->state;
			assert_true(
				seen == POD_PREPARING || seen == POD_RUNNING || seen == POD_EXITED);
		}
	}
	(void)close(tell[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, FINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			everything_at_once, fixture_setup, fixture_teardown),
		cmocka_unit_test_setup_teardown(
			no_state_is_made_up, fixture_setup, fixture_teardown),
	};

	return cmocka_run_group_tests_name("pod/collision", tests, NULL, NULL);
}
