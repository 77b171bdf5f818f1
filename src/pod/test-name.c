/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/pod.h"

#include <fcntl.h>
#include <sys/wait.h>
#include "base/fd.h"
#include "base/lock.h"
#include "pod/test-fixture.h"

static void which_names_there_are(void **state)
{
	static const char *const good[] = {"web", "g", "0-z", "db-primary", "web-1",
		"a23456789-123456789-123456789-123456789-123456789-123456789-12z"};
	static const char *const bad[] = {"", "db", "0", "cafe-01", "Web", "-web", "web-", "w_b",
		"w/b", "..", "web ",
		"a23456789-123456789-123456789-123456789-123456789-123456789-123z"};
	Error err = ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_int_equal(pod_name_check(good[i], NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(pod_name_check(bad[i], NULL), -EINVAL);
	assert_int_equal(pod_name_check("db", &err), -EINVAL);
	assert_string_equal(fixture_origin(&err),
		"\"db\" is not a pod name: it could be the beginning of a UUID: a letter from g to "
		"z makes it a name");
	error_clear(&err);
	assert_int_equal(pod_name_check("Web", &err), -EINVAL);
	assert_string_equal(fixture_origin(&err),
		"\"Web\" is not a pod name: lower-case letters, digits and \"-\" between them, 63 "
		"at most, with a letter from g to z among them");
}

static void assert_resolves(const Fixture *f, const char *typed, const Pod *pod)
{
	char uuid[UUID_TEXT];

	assert_int_equal(pod_resolve(&f->pods, typed, uuid, NULL), 0);
	assert_string_equal(uuid, pod->uuid);
}

static void a_name_stands_for_the_uuid(void **state)
{
	static const char *const dirs[] = {"prepare", "prepared", "run", "exited-garbage"};
	Fixture *f = *state;
	char uuid[UUID_TEXT];

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		_cleanup_pod_ Pod *pod = fixture_pod(f, dirs[i]);
		_cleanup_free_ char *name = NULL;

		assert_int_equal(pod_read_name(pod, &name), 0);
		assert_null(name);
		assert_int_equal(pod_set_name(&f->pods, pod, dirs[i], NULL), 0);
		assert_resolves(f, dirs[i], pod);
		assert_resolves(f, pod->uuid, pod);
		assert_int_equal(pod_read_name(pod, &name), 0);
		assert_string_equal(name, dirs[i]);
	}
	assert_int_equal(pod_resolve(&f->pods, "prepar", uuid, NULL), -ENOENT);
	assert_int_equal(pod_resolve(&f->pods, "PREPARED", uuid, NULL), -ENOENT);
}

static void no_two_pods_have_one_name(void **state)
{
	Fixture *f = *state;
	_cleanup_pod_ Pod *first = fixture_pod(f, "run"), *second = fixture_pod(f, "prepare");
	_cleanup_free_ char *message = NULL;
	Error err = ERROR_INIT;

	assert_int_equal(pod_set_name(&f->pods, first, "web", NULL), 0);
	assert_int_equal(pod_set_name(&f->pods, first, "web", NULL), 0);
	assert_int_equal(pod_set_name(&f->pods, second, "web", &err), -EEXIST);
	assert_int_equal(
		str_format(&message, "pod \"%s\" is called \"web\" already", first->uuid), 0);
	assert_string_equal(fixture_origin(&err), message);
	assert_int_equal(pod_set_name(&f->pods, first, "web-old", NULL), 0);
	assert_int_equal(pod_set_name(&f->pods, second, "web", NULL), 0);
	assert_resolves(f, "web", second);
	assert_resolves(f, "web-old", first);
}

/* What is only waiting to be deleted cannot be addressed, and keeps no name. */
static void garbage_has_no_name(void **state)
{
	Fixture *f = *state;
	_cleanup_pod_ Pod *old = fixture_pod(f, "prepared"), *new = fixture_pod(f, "prepare");

	assert_int_equal(pod_set_name(&f->pods, old, "web", NULL), 0);
	assert_int_equal(pod_move_to_garbage(&f->pods, old, false, NULL), 0);
	assert_int_equal(pod_set_name(&f->pods, new, "web", NULL), 0);
	assert_resolves(f, "web", new);
}

/* Left by a writer that was killed in between. */
static void a_broken_name_is_none(void **state)
{
	Fixture *f = *state;
	_cleanup_pod_ Pod *pod = fixture_pod(f, "prepare");
	char *name = (char *)"";

	fixture_write(pod, "name", "");
	assert_int_equal(pod_read_name(pod, &name), 0);
	assert_null(name);
}

/* Whether the process waits for a lock, as the kernel tells it. */
static bool waits_for_lock(pid_t pid)
{
	_cleanup_free_ char *locks = NULL, *line = NULL;

	assert_int_equal(str_format(&line, "-> FLOCK  ADVISORY  WRITE %d ", pid), 0);
	assert_int_equal(fd_read_file(AT_FDCWD, "/proc/locks", 1 << 20, &locks, NULL, NULL), 0);
	return strstr(locks, line) != NULL;
}

/* Somebody who has looked, and not yet written, keeps others from looking. */
static void names_are_given_one_at_a_time(void **state)
{
	Fixture *f = *state;
	_cleanup_pod_ Pod *first = fixture_pod(f, "prepare"), *second = fixture_pod(f, "prepare");
	_cleanup_close_ int lock = lock_dir(f->pods.fd, ".", LOCK_MODE_EXCLUSIVE, true, NULL);
	int status;
	pid_t pid;

	assert_true(lock >= 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		lock = fd_close(lock);
		_exit(-pod_set_name(&f->pods, second, "web", NULL));
	}
	while (!waits_for_lock(pid))
		assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	fixture_write(first, "name", "web");
	lock = fd_close(lock);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EEXIST);
}

#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(which_names_there_are),
		T(a_name_stands_for_the_uuid),
		T(no_two_pods_have_one_name),
		T(garbage_has_no_name),
		T(a_broken_name_is_none),
		T(names_are_given_one_at_a_time),
	};

	return cmocka_run_group_tests_name("pod/name", tests, NULL, NULL);
}
