/* SPDX-License-Identifier: Apache-2.0 */
#include "init/pod-files.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define STATUS "stage1/rootfs/rkt/status"
#define READY  "stage1/rootfs/rkt/supervisor-status"

/* Each test has a pod's directory as its working directory. */
static char dir[] = "/tmp/rkt-test-pod-files-XXXXXX";

static int set_up(void **state)
{
	(void)memcpy(dir + sizeof dir - 7, "XXXXXX", 6);
	return mkdtemp(dir) && chdir(dir) == 0 && mkdir("stage1", 0755) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	static const char *const paths[] = {STATUS "/web", STATUS "/other", STATUS, READY,
		"stage1/rootfs/rkt", "stage1/rootfs", "stage1", "flavor", "subcgroup", "ppid"};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		(void)remove(paths[i]);
	/* Nothing else, such as a temporary file, was left. */
	return chdir("/") < 0 ? -1 : rmdir(dir);
}

static void expect_file(const char *path, const char *want)
{
	char text[256] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_true(read(fd, text, sizeof text - 1) >= 0);
	(void)close(fd);
	assert_string_equal(text, want);
}

static void expect_link(const char *path, const char *want)
{
	char text[64] = "";

	assert_true(readlink(path, text, sizeof text - 1) > 0);
	assert_string_equal(text, want);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

static void started(void **state)
{
	char pid[32];

	(void)snprintf(pid, sizeof pid, "%d\n", (int)getpid());
	assert_int_equal(pod_files_started("job/rkt-x"), 0);
	expect_file("ppid", pid);
	expect_file("subcgroup", "job/rkt-x");
	expect_link("flavor", "native");
	assert_int_equal(access(STATUS, F_OK), 0);
	assert_int_equal(pod_files_monitor(), getpid());
	/* A pod's directory that is used again is no obstacle. */
	assert_int_equal(pod_files_started(""), 0);
}

static void no_cgroup_no_file(void **state)
{
	assert_int_equal(pod_files_started(""), 0);
	assert_int_equal(access("subcgroup", F_OK), -1);
}

static void ready(void **state)
{
	assert_int_equal(pod_files_started(""), 0);
	pod_files_ready(true);
	expect_link(READY, "ready");
	pod_files_ready(true);
	pod_files_ready(false);
	assert_int_equal(access(READY, F_OK), -1);
	pod_files_ready(false);
}

static void statuses(void **state)
{
	assert_int_equal(pod_files_started(""), 0);
	assert_false(pod_files_app_has_status("web"));
	assert_int_equal(pod_files_app_status("web", 0), 0);
	assert_true(pod_files_app_has_status("web"));
	assert_int_equal(pod_files_app_status("other", 137), 0);
	expect_file(STATUS "/web", "0\n");
	expect_file(STATUS "/other", "137\n");
	assert_int_equal(pod_files_app_status("web", 7), 0);
	expect_file(STATUS "/web", "7\n");
}

static void no_directory(void **state)
{
	assert_int_equal(pod_files_app_status("web", 0), -ENOENT);
}

static void monitors(void **state)
{
	assert_int_equal(pod_files_monitor(), -ENOENT);
	write_file("ppid", "");
	assert_int_equal(pod_files_monitor(), -EINVAL);
	write_file("ppid", "none\n");
	assert_int_equal(pod_files_monitor(), -EINVAL);
	write_file("ppid", "1\n"); /* somebody else, with the number of an earlier one */
	assert_int_equal(pod_files_monitor(), -ESRCH);
}

static void first_process(void **state)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		(void)pause();
		_exit(0);
	}
	/* A child that is no first process. base/namespace-init has the rest. */
	assert_int_equal(pod_files_first_process(getpid()), 0);
	(void)kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(pod_files_first_process(child), -ENOENT);
}

#define IN_DIR(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_DIR(started),
		IN_DIR(no_cgroup_no_file),
		IN_DIR(ready),
		IN_DIR(statuses),
		IN_DIR(no_directory),
		IN_DIR(monitors),
		IN_DIR(first_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
