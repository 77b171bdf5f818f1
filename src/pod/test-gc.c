/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/gc.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "pod/test-fixture.h"

#define SKIPPED 77
#define HOUR_NS (INT64_C(3600) * 1000000000)

/* What stage1's gc entrypoint was asked. */
typedef struct Asked {
	int calls;
	int result;
	bool has_run;
} Asked;

static int ask_stage1(void *userdata, const Pod *p, Error *err)
{
	Asked *asked = userdata;

	asked->calls++;
	asked->has_run = p->lock_fd >= 0 && p->state == POD_EXITED_DELETING;
	if (asked->result < 0)
		return error_set(err, __FILE__, __LINE__, asked->result, "network is stuck");
	return 0;
}

/* All that was heard is one line, with the UUID in quotes in the middle. */
static void expect(StrBuf *heard, const char *before, const char *uuid, const char *behind)
{
	_cleanup_free_ char *line = NULL;

	assert_int_equal(str_format(&line, "%s\"%s\"%s", before, uuid, behind), 0);
	assert_string_equal(strbuf_text(heard), line);
}

static int gc(Fixture *f, const GcOptions *options, Asked *asked)
{
	const GcHooks hooks = {.stage1_gc = ask_stage1, .userdata = asked};

	fixture_hush(f);
	return pods_gc(&f->pods, options, &hooks, NULL);
}

static void exited_pod_goes_in_two_steps(void **state)
{
	const GcOptions lazy = {.grace_ns = HOUR_NS / 2, .expire_prepared_ns = HOUR_NS};
	const GcOptions eager = {.grace_ns = 0, .expire_prepared_ns = HOUR_NS};
	Fixture *f = *state;
	_cleanup_pod_ Pod *p = fixture_pod(f, "run");
	_cleanup_free_ char *lines = NULL;
	Asked asked = {0};

	fixture_write(p, "stage1/rootfs/rkt/status/app", "0\n");
	assert_int_equal(gc(f, &lazy, &asked), 0);
	assert_int_equal(str_format(&lines,
				 "moving pod \"%s\" to garbage\n"
				 "pod \"%s\" not removed: still within grace period (30m0s)\n",
				 p->uuid, p->uuid),
		0);
	assert_string_equal(strbuf_text(&f->err), lines);
	assert_string_equal(strbuf_text(&f->out), "");
	assert_true(fixture_is_in(f, "exited-garbage", p->uuid));
	assert_int_equal(asked.calls, 0);

	assert_int_equal(gc(f, &eager, &asked), 0);
	expect(&f->out, "Garbage collecting pod ", p->uuid, "\n");
	assert_string_equal(strbuf_text(&f->err), "");
	assert_false(fixture_is_in(f, "exited-garbage", p->uuid));
	assert_int_equal(asked.calls, 1);
	assert_true(asked.has_run);
}

/* gc has seen that a pod has ended, and before it does anything somebody starts it again. */
static void started_pod_is_left_alone(void **state)
{
	const GcHooks hooks = {0};
	Fixture *f = *state;
	_cleanup_pod_ Pod *p = fixture_pod(f, "run"), *started = NULL;
	_cleanup_close_ int hold = -1;
	Error err = ERROR_INIT;

	assert_int_equal(pod_open(&f->pods, p->uuid, &started, NULL), 0);
	hold = pod_hold_ended(p);
	assert_true(hold >= 0);
	hold = fd_close(hold);
	assert_int_equal(pod_lock(&f->pods, started, NULL), 0);
	assert_int_equal(pod_hold_ended(p), -EWOULDBLOCK);
	assert_int_equal(p->state, POD_EXITED);
	assert_int_equal(pod_move_to_garbage(&f->pods, p, false, NULL), -EWOULDBLOCK);
	assert_true(fixture_is_in(f, "run", p->uuid));
	assert_int_equal(pod_rm(&f->pods, p->uuid, &hooks, &err), -EBUSY);
	pod_unlock(started);
	assert_int_equal(pod_move_to_garbage(&f->pods, p, false, NULL), 0);
	/* And the other way round: what was moved cannot be started. */
	assert_int_equal(pod_lock(&f->pods, started, NULL), -ENOENT);
}

static void aborted_preparation_is_removed_at_once(void **state)
{
	const GcOptions options = {.grace_ns = HOUR_NS, .expire_prepared_ns = HOUR_NS};
	Fixture *f = *state;
	_cleanup_pod_ Pod *p = fixture_pod(f, "prepare");
	Asked asked = {0};

	assert_int_equal(gc(f, &options, &asked), 0);
	expect(&f->err, "moving failed prepare ", p->uuid, " to garbage\n");
	expect(&f->out, "Garbage collecting pod ", p->uuid, "\n");
	assert_false(fixture_is_in(f, "garbage", p->uuid));
	assert_int_equal(asked.calls, 1);
	assert_false(asked.has_run);
}

static void prepared_pods_expire(void **state)
{
	const GcOptions lazy = {.grace_ns = HOUR_NS, .expire_prepared_ns = HOUR_NS};
	const GcOptions eager = {.grace_ns = HOUR_NS, .expire_prepared_ns = 0};
	Fixture *f = *state;
	_cleanup_pod_ Pod *p = fixture_pod(f, "prepared"), *user = NULL;
	Asked asked = {0};

	assert_int_equal(gc(f, &lazy, &asked), 0);
	assert_true(fixture_is_in(f, "prepared", p->uuid));
	assert_string_equal(strbuf_text(&f->err), "");

	/* Somebody is about to run it. */
	assert_int_equal(pod_open(&f->pods, p->uuid, &user, NULL), 0);
	assert_int_equal(pod_lock(&f->pods, user, NULL), 0);
	assert_int_equal(gc(f, &eager, &asked), 0);
	assert_true(fixture_is_in(f, "prepared", p->uuid));
	pod_unlock(user);

	assert_int_equal(gc(f, &eager, &asked), 0);
	expect(&f->err, "moving expired prepared pod ", p->uuid, " to garbage\n");
	expect(&f->out, "Garbage collecting pod ", p->uuid, "\n");
	assert_false(fixture_is_in(f, "garbage", p->uuid));
}

static void mark_only_deletes_nothing(void **state)
{
	const GcOptions options = {.mark_only = true};
	Fixture *f = *state;
	_cleanup_pod_ Pod *exited = fixture_pod(f, "run"), *prepared = fixture_pod(f, "prepared");
	_cleanup_pod_ Pod *garbage = fixture_pod(f, "garbage");
	Asked asked = {0};

	assert_int_equal(gc(f, &options, &asked), 0);
	expect(&f->err, "moving pod ", exited->uuid, " to garbage\n");
	assert_string_equal(strbuf_text(&f->out), "");
	assert_true(fixture_is_in(f, "exited-garbage", exited->uuid));
	assert_true(fixture_is_in(f, "prepared", prepared->uuid));
	assert_true(fixture_is_in(f, "garbage", garbage->uuid));
}

static void what_lives_stays(void **state)
{
	static const char *const dirs[] = {"embryo", "prepare", "run", "exited-garbage", "garbage"};
	const GcOptions options = {0};
	Fixture *f = *state;
	Asked asked = {0};

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		_cleanup_pod_ Pod *p = fixture_pod(f, dirs[i]);

		assert_int_equal(pod_lock(&f->pods, p, NULL), 0);
		assert_int_equal(gc(f, &options, &asked), 0);
		assert_true(fixture_is_in(f, dirs[i], p->uuid));
		assert_string_equal(strbuf_text(&f->out), "");
		assert_string_equal(strbuf_text(&f->err), "");
		assert_int_equal(pod_delete(&f->pods, p, NULL), 0);
	}
	assert_int_equal(asked.calls, 0);
}

static void stage1_failure_is_told_and_keeps_nothing(void **state)
{
	const GcOptions options = {0};
	Fixture *f = *state;
	_cleanup_pod_ Pod *p = fixture_pod(f, "exited-garbage");
	Asked asked = {.result = -EBUSY};

	assert_int_equal(gc(f, &options, &asked), 0);
	expect(&f->err, "problem performing stage1 GC on ", p->uuid, ": network is stuck\n");
	assert_false(fixture_is_in(f, "exited-garbage", p->uuid));
}

static void rm_refuses_what_is_in_use(void **state)
{
	static const struct {
		const char *dir;
		const char *doing;
	} rows[] = {
		{"embryo", "being prepared"},
		{"prepare", "being prepared"},
		{"run", "running"},
		{"exited-garbage", "being deleted"},
		{"garbage", "being deleted"},
	};
	const GcHooks hooks = {0};
	Fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_pod_ Pod *p = fixture_pod(f, rows[i].dir);
		_cleanup_free_ char *message = NULL;
		Error err = ERROR_INIT;

		assert_int_equal(
			str_format(&message, "pod \"%s\" is currently %s", p->uuid, rows[i].doing),
			0);
		assert_int_equal(pod_lock(&f->pods, p, NULL), 0);
		assert_int_equal(pod_rm(&f->pods, p->uuid, &hooks, &err), -EBUSY);
		assert_string_equal(fixture_origin(&err), message);
		assert_true(fixture_is_in(f, rows[i].dir, p->uuid));
	}
	assert_string_equal(strbuf_text(&f->err), "");
}

static void rm_removes_the_rest(void **state)
{
	static const struct {
		const char *dir;
		const char *before, *behind; /* of the UUID in the line on stderr */
		bool has_run;
	} rows[] = {
		{"prepare", "moving failed prepare ", " to garbage\n", false},
		{"prepared", "moving expired prepared pod ", " to garbage\n", false},
		{"run", NULL, NULL, true},
		{"exited-garbage", NULL, NULL, true},
		{"garbage", NULL, NULL, false},
	};
	Fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_pod_ Pod *p = fixture_pod(f, rows[i].dir);
		_cleanup_free_ char *line = NULL;
		Asked asked = {0};
		const GcHooks hooks = {.stage1_gc = ask_stage1, .userdata = &asked};
		Pod *gone = NULL;

		assert_int_equal(str_format(&line, "%s\"%s\"%s", rows[i].before ?: "", p->uuid,
					 rows[i].behind ?: ""),
			0);
		fixture_hush(f);
		assert_int_equal(pod_rm(&f->pods, p->uuid, &hooks, NULL), 0);
		assert_string_equal(strbuf_text(&f->err), rows[i].before ? line : "");
		assert_int_equal(asked.calls, 1);
		assert_int_equal(asked.has_run, rows[i].has_run);
		assert_int_equal(pod_open(&f->pods, p->uuid, &gone, NULL), -ENOENT);
	}
}

static void rm_of_nothing(void **state)
{
	Fixture *f = *state;
	const GcHooks hooks = {0};
	Error err = ERROR_INIT;

	assert_int_equal(
		pod_rm(&f->pods, "0f3d9c1e-5c5e-4a3b-8d11-0c6f6f6f6f6f", &hooks, &err), -ENOENT);
	assert_string_equal(fixture_origin(&err),
		"pod \"0f3d9c1e-5c5e-4a3b-8d11-0c6f6f6f6f6f\" was not present");
}

/* In a mount namespace of its own, something is left mounted in the pod. */
static int rm_with_a_mount(Fixture *f, const Pod *p)
{
	_cleanup_free_ char *inside = NULL;
	const GcHooks hooks = {0};
	Error err = ERROR_INIT;
	Pod *again = NULL;

	if (str_format(&inside, "%s/stage1/rootfs/opt", p->path) < 0)
		return 1;
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("tmpfs", inside, "tmpfs", 0, NULL) < 0)
		return SKIPPED;
	if (pod_rm(&f->pods, p->uuid, &hooks, &err) != -EBUSY)
		return 2;
	if (!strstr(fixture_origin(&err), "device or resource busy"))
		return 3;
	/* It is still known, with what is needed to try again. */
	if (pod_open(&f->pods, p->uuid, &again, NULL) < 0 || again->state != POD_EXITED_GARBAGE)
		return 4;
	return faccessat(again->fd, "pod", F_OK, 0) == 0 ? 0 : 5;
}

static void removal_can_be_tried_again(void **state)
{
	Fixture *f = *state;
	_cleanup_pod_ Pod *p = fixture_pod(f, "exited-garbage");
	Asked asked = {0};
	const GcHooks hooks = {.stage1_gc = ask_stage1, .userdata = &asked};
	int status;
	pid_t pid;

	fixture_write(p, "pod", "{}");
	fixture_write(p, "stage1/rootfs/opt/file", "x");
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(rm_with_a_mount(f, p));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == SKIPPED)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_int_equal(pod_rm(&f->pods, p->uuid, &hooks, NULL), 0);
	assert_int_equal(asked.calls, 1);
	assert_false(fixture_is_in(f, "exited-garbage", p->uuid));
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(exited_pod_goes_in_two_steps),
		T(started_pod_is_left_alone),
		T(aborted_preparation_is_removed_at_once),
		T(prepared_pods_expire),
		T(mark_only_deletes_nothing),
		T(what_lives_stays),
		T(stage1_failure_is_told_and_keeps_nothing),
		T(rm_refuses_what_is_in_use),
		T(rm_removes_the_rest),
		T(rm_of_nothing),
		T(removal_can_be_tried_again),
	};

	return cmocka_run_group_tests_name("pod/gc", tests, NULL, NULL);
}
