/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/pod.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "base/fd.h"
#include "pod/test-fixture.h"

#define UUID_A "0f3d9c1e-5c5e-4a3b-8d11-0c6f6f6f6f6f"
#define UUID_B "0f3d9c1e-0000-4a3b-8d11-0c6f6f6f6f6f"

static void created_pod_is_preparing(void **state)
{
	Fixture *f = *state;
	_cleanup_pod_ Pod *p = NULL;
	struct stat st;

	assert_int_equal(pod_create(&f->pods, &p, NULL), 0);
	assert_true(uuid_valid(p->uuid));
	assert_int_equal(p->state, POD_PREPARING);
	assert_true(p->lock_fd >= 0 && p->lock_fd != p->fd);
	assert_int_equal(stat(p->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0750);
	assert_true(fixture_is_in(f, "prepare", p->uuid));
	assert_false(fixture_is_in(f, "embryo", p->uuid));
	assert_int_equal(fixture_state_elsewhere(f, p->uuid), POD_PREPARING);
}

static void prepared_and_run(void **state)
{
	Fixture *f = *state;
	_cleanup_pod_ Pod *p = NULL, *again = NULL;
	_cleanup_free_ char *path = NULL;

	assert_int_equal(pod_create(&f->pods, &p, NULL), 0);
	assert_int_equal(pod_move_to_prepared(&f->pods, p, NULL), 0);
	assert_int_equal(p->state, POD_PREPARED);
	assert_int_equal(p->lock_fd, -1);
	assert_int_equal(fixture_state_elsewhere(f, p->uuid), POD_PREPARED);

	assert_int_equal(pod_open(&f->pods, p->uuid, &again, NULL), 0);
	assert_int_equal(pod_move_to_run(&f->pods, again, NULL), -ENOLCK);
	assert_int_equal(pod_lock(&f->pods, again, NULL), 0);
	assert_int_equal(pod_move_to_run(&f->pods, again, NULL), 0);
	assert_int_equal(again->state, POD_RUNNING);
	assert_int_equal(str_format(&path, "%s/pods/run/%s", f->dir, p->uuid), 0);
	assert_string_equal(again->path, path);
	assert_int_equal(fixture_state_elsewhere(f, p->uuid), POD_RUNNING);
	pod_unlock(again);
	assert_int_equal(fixture_state_elsewhere(f, p->uuid), POD_EXITED);
}

/* The lock is inherited by whoever runs the pod, and lives as long as the last holder. */
static void lock_lives_with_its_last_holder(void **state)
{
	Fixture *f = *state;
	Pod *p = NULL;
	char uuid[UUID_TEXT];
	pid_t pid;

	assert_int_equal(pod_create(&f->pods, &p, NULL), 0);
	assert_int_equal(pod_move_to_run(&f->pods, p, NULL), 0);
	memcpy(uuid, p->uuid, sizeof uuid);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	pod_free(p);
	assert_int_equal(fixture_state_elsewhere(f, uuid), POD_RUNNING);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(fixture_state_elsewhere(f, uuid), POD_EXITED);
}

static void directory_and_lock_make_the_state(void **state)
{
	static const struct {
		const char *dir;
		PodState unlocked, locked;
	} rows[] = {
		{"embryo", POD_EMBRYO, POD_EMBRYO},
		{"prepare", POD_ABORTED_PREPARE, POD_PREPARING},
		{"prepared", POD_PREPARED, POD_PREPARED},
		{"run", POD_EXITED, POD_RUNNING},
		{"exited-garbage", POD_EXITED_GARBAGE, POD_EXITED_DELETING},
		{"garbage", POD_GARBAGE, POD_DELETING},
	};
	Fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_pod_ Pod *p = fixture_pod(f, rows[i].dir), *other = NULL;

		assert_int_equal(p->state, rows[i].unlocked);
		assert_int_equal(fixture_state_elsewhere(f, p->uuid), rows[i].unlocked);
		assert_int_equal(pod_lock(&f->pods, p, NULL), 0);
		assert_int_equal(p->state, rows[i].locked);
		assert_int_equal(fixture_state_elsewhere(f, p->uuid), rows[i].locked);
		assert_int_equal(pod_open(&f->pods, p->uuid, &other, NULL), 0);
		assert_int_equal(pod_lock(&f->pods, other, NULL), -EWOULDBLOCK);
		pod_unlock(p);
		assert_int_equal(pod_lock(&f->pods, other, NULL), 0);
	}
}

static void state_names(void **state)
{
	assert_string_equal(pod_state_name(POD_EMBRYO), "embryo");
	assert_string_equal(pod_state_name(POD_PREPARING), "preparing");
	assert_string_equal(pod_state_name(POD_ABORTED_PREPARE), "aborted prepare");
	assert_string_equal(pod_state_name(POD_PREPARED), "prepared");
	assert_string_equal(pod_state_name(POD_RUNNING), "running");
	assert_string_equal(pod_state_name(POD_DELETING), "deleting");
	assert_string_equal(pod_state_name(POD_EXITED_DELETING), "exited deleting");
	assert_string_equal(pod_state_name(POD_EXITED), "exited");
	assert_string_equal(pod_state_name(POD_EXITED_GARBAGE), "exited garbage");
	assert_string_equal(pod_state_name(POD_GARBAGE), "garbage");
}

static void garbage_kinds(void **state)
{
	static const struct {
		const char *from, *to;
		PodState result;
	} rows[] = {
		{"prepare", "garbage", POD_GARBAGE},
		{"prepared", "garbage", POD_GARBAGE},
		{"run", "exited-garbage", POD_EXITED_GARBAGE},
	};
	Fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_pod_ Pod *p = fixture_pod(f, rows[i].from), *late = NULL;

		assert_int_equal(pod_open(&f->pods, p->uuid, &late, NULL), 0);
		assert_int_equal(pod_move_to_garbage(&f->pods, p, true, NULL), 0);
		assert_int_equal(p->state, rows[i].result);
		assert_true(fixture_is_in(f, rows[i].to, p->uuid));
		assert_int_equal(pod_move_to_garbage(&f->pods, late, false, NULL), -ENOENT);
		assert_int_equal(pod_lock(&f->pods, late, NULL), -ENOENT);
		assert_int_equal(late->lock_fd, -1);
		assert_int_equal(pod_lock(&f->pods, p, NULL), 0);
		fixture_write(p, "stage1/rootfs/rkt/status/app", "0\n");
		assert_int_equal(pod_delete(&f->pods, p, NULL), 0);
		assert_false(fixture_is_in(f, rows[i].to, p->uuid));
	}
}

/* Whoever looks at a pod's state holds a shared lock for a moment; that makes no pod busy. */
static void readers_do_not_make_a_pod_busy(void **state)
{
	Fixture *f = *state;
	_cleanup_pod_ Pod *p = fixture_pod(f, "prepared");
	int ready[2], status;
	pid_t pid;
	char c;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		int fd = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) < 0)
			_exit(1);
		(void)fd_write(ready[1], "r", 1);
		(void)usleep(30 * 1000);
		_exit(0);
	}
	assert_int_equal(fd_read(ready[0], &c, 1), 1);
	assert_int_equal(pod_lock(&f->pods, p, NULL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	(void)close(ready[0]);
	(void)close(ready[1]);
}

static void absent_pods(void **state)
{
	Fixture *f = *state;
	Error err = ERROR_INIT;
	Pod *p = NULL;

	assert_int_equal(pod_open(&f->pods, UUID_A, &p, &err), -ENOENT);
	assert_string_equal(fixture_origin(&err), "pod \"" UUID_A "\" was not present");
	assert_int_equal(pod_open(&f->pods, "../../etc", &p, &err), -EINVAL);
	assert_string_equal(fixture_origin(&err), "\"../../etc\" is not a valid UUID");
	assert_null(p);
}

static void make_dir(Fixture *f, const char *path)
{
	char parent[64];
	const char *slash = strchr(path, '/');

	(void)snprintf(parent, sizeof parent, "%.*s", (int)(slash - path), path);
	(void)mkdirat(f->pods.fd, parent, 0750);
	assert_int_equal(mkdirat(f->pods.fd, path, 0750), 0);
}

static void resolution(void **state)
{
	static const struct {
		const char *typed;
		int r;
		const char *text; /* the UUID, or the message */
	} rows[] = {
		{"", -EINVAL, "UUID cannot be empty"},
		{"zz", -ENOENT, "no matches found for \"zz\""},
		{"0F3D", -ENOTUNIQ, "ambiguous uuid, 2 matches"},
		{"0f3d9c1e", -ENOTUNIQ, "ambiguous uuid, 2 matches"},
		{"0F3D9C1E-5", 0, UUID_A},
		{"0f3d9c1e-0", 0, UUID_B},
		{UUID_A, 0, UUID_A},
		{UUID_A "0", -ENOENT, "no matches found for \"" UUID_A "0\""},
		{"11111111", -ENOENT, "no matches found for \"11111111\""},
		{"11111111-1111-4111-8111-111111111111", -ENOENT,
			"no matches found for \"11111111-1111-4111-8111-111111111111\""},
	};
	Fixture *f = *state;

	make_dir(f, "run/" UUID_A);
	make_dir(f, "exited-garbage/" UUID_B);
	/* Neither of these can be named. */
	make_dir(f, "embryo/11111111-1111-4111-8111-111111111111");
	make_dir(f, "garbage/11111111-2222-4111-8111-111111111111");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		Error err = ERROR_INIT;
		char uuid[UUID_TEXT] = "";

		assert_int_equal(pod_resolve(&f->pods, rows[i].typed, uuid, &err), rows[i].r);
		assert_string_equal(rows[i].r == 0 ? uuid : fixture_origin(&err), rows[i].text);
	}
}

static void listing(void **state)
{
	Fixture *f = *state;
	char **uuids;
	size_t n;

	make_dir(f, "run/" UUID_A);
	make_dir(f, "prepared/" UUID_B);
	make_dir(f, "garbage/11111111-2222-4111-8111-111111111111");
	make_dir(f, "run/not-a-uuid");
	assert_int_equal(fd_write_file(f->pods.fd, "prepare-file", 0644, "", 0, NULL), 0);
	assert_int_equal(fd_write_file(f->pods.fd, "run/stray", 0644, "", 0, NULL), 0);
	assert_int_equal(pod_uuids(&f->pods, &uuids, &n, NULL), 0);
	assert_int_equal(n, 2);
	assert_string_equal(uuids[0], UUID_B);
	assert_string_equal(uuids[1], UUID_A);
	pod_uuids_free(uuids, n);
	assert_non_null(
		strstr(strbuf_text(&f->err), "skipping \"not-a-uuid\": not a valid UUID\n"));
	assert_non_null(strstr(strbuf_text(&f->err), "unrecognized entry: \"stray\", ignoring\n"));
	assert_string_equal(strbuf_text(&f->out), "");
}

static void no_data_directory(void **state)
{
	Fixture *f = *state;
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_free_ char *path = NULL;
	char **uuids, uuid[UUID_TEXT];
	Pod *p = NULL;
	size_t n = 1;

	assert_int_equal(str_format(&path, "%s/none", f->dir), 0);
	assert_int_equal(pods_open(&pods, path, false, NULL), 0);
	assert_int_equal(pods.fd, -1);
	assert_int_equal(pod_uuids(&pods, &uuids, &n, NULL), 0);
	assert_int_equal(n, 0);
	pod_uuids_free(uuids, n);
	assert_int_equal(pod_open(&pods, UUID_A, &p, NULL), -ENOENT);
	assert_int_equal(pod_resolve(&pods, "0f", uuid, NULL), -ENOENT);
	assert_int_equal(access(path, F_OK), -1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(created_pod_is_preparing),
		T(prepared_and_run),
		T(lock_lives_with_its_last_holder),
		T(directory_and_lock_make_the_state),
		cmocka_unit_test(state_names),
		T(garbage_kinds),
		T(readers_do_not_make_a_pod_busy),
		T(absent_pods),
		T(resolution),
		T(listing),
		T(no_data_directory),
	};

	return cmocka_run_group_tests_name("pod/pods", tests, NULL, NULL);
}
