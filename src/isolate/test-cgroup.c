/* SPDX-License-Identifier: Apache-2.0 */
#include "isolate/cgroup-internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include "base/cleanup.h"

#include <cmocka.h>

static void expect_path(const char *membership, const char *controller, const char *want)
{
	_cleanup_free_ char *text = strdup(membership);
	const CgroupHost h = {.mode = CGROUP_HYBRID, .membership = text};
	size_t len = 7;
	const char *path = cgroup_host_path(&h, controller, &len);

	if (!want) {
		assert_null(path);
		assert_int_equal(len, 7);
		return;
	}
	assert_non_null(path);
	assert_int_equal(len, strlen(want));
	assert_memory_equal(path, want, len);
}

static const char hybrid[] = "12:devices:/job\n"
			     "5:cpu,cpuacct:/a:b/c d\n"
			     "2:net_cls,net_prio:/\n"
			     "1:name=systemd:/system.slice/x.service\n"
			     "0::/user.slice\n";

static void paths_of_controllers(void **state)
{
	expect_path(hybrid, "devices", "/job");
	/* A ':' in a path is not the end of anything. */
	expect_path(hybrid, "cpu", "/a:b/c d");
	expect_path(hybrid, "cpuacct", "/a:b/c d");
	expect_path(hybrid, "net_prio", "/");
	expect_path(hybrid, "name=systemd", "/system.slice/x.service");
	expect_path(hybrid, "", "/user.slice");
}

static void what_is_not_there(void **state)
{
	expect_path(hybrid, "cp", NULL);
	expect_path(hybrid, "cpu,cpuacct", NULL);
	expect_path(hybrid, "memory", NULL);
	expect_path(hybrid, "systemd", NULL);
	expect_path("", "", NULL);
	expect_path("3:cpu:/\n", "", NULL);
}

static void damaged_text(void **state)
{
	expect_path("0::", "", "");
	expect_path("0:", "", NULL);
	expect_path("0\n::/x", "", "/x");
	expect_path("nothing\n\n4:cpu,:/y\n", "cpu", "/y");
	expect_path("4:,cpu:/y\n", "cpu", "/y");
}

static void mounts(void **state)
{
	char text[] = "", buf[64];
	CgroupHost h = {.mode = CGROUP_V2, .membership = text};
	bool unified = access("/sys/fs/cgroup/unified", F_OK) == 0;

	if (access("/sys/fs/cgroup", F_OK) == 0)
		assert_string_equal(cgroup_host_mount(&h, "", buf, sizeof buf), "/sys/fs/cgroup");
	h.mode = CGROUP_HYBRID;
	assert_ptr_equal(cgroup_host_mount(&h, "", buf, sizeof buf), unified ? buf : NULL);
	assert_string_equal(buf, "/sys/fs/cgroup/unified");
	assert_null(cgroup_host_mount(&h, "no-such", buf, sizeof buf));
	assert_string_equal(buf, "/sys/fs/cgroup/no-such");
	/* A named hierarchy is mounted at its name. */
	(void)cgroup_host_mount(&h, "name=some", buf, sizeof buf);
	assert_string_equal(buf, "/sys/fs/cgroup/some");
}

/* What is found on this machine holds together: the caller's own cgroup is where it is said to be.
 */
static void this_machine(void **state)
{
	_cleanup_cgroup_host_ CgroupHost h = {0};
	char path[8192];
	const char *own, *controller;
	size_t len, n;

	assert_int_equal(cgroup_host_read(&h, NULL), 0);
	if (h.mode == CGROUP_NONE) {
		print_message("no control groups are mounted\n");
		skip();
	}
	controller = h.mode == CGROUP_V1 ? "devices" : "";
	own = cgroup_host_path(&h, controller, &len);
	assert_non_null(own);
	assert_int_equal(own[0], '/');
	assert_non_null(cgroup_host_mount(&h, controller, path, sizeof path));
	n = strlen(path);
	(void)snprintf(path + n, sizeof path - n, "%.*s/cgroup.procs", (int)len, own);
	assert_int_equal(access(path, F_OK), 0);
}

static void controllers(void **state)
{
	assert_int_equal(cgroup_controllers_parse(""), 0);
	assert_int_equal(cgroup_controllers_parse("\n"), 0);
	assert_int_equal(cgroup_controllers_parse("cpuset cpu io memory hugetlb pids\n"),
		CGROUP_ALL_CONTROLLERS);
	/* A word within a longer one is another word. */
	assert_int_equal(cgroup_controllers_parse("cpuset memory_recursiveprot"), 0);
	assert_int_equal(cgroup_controllers_parse("pids"), CGROUP_PIDS);
	assert_string_equal(cgroup_controller_name(CGROUP_MEMORY), "memory");
	assert_null(cgroup_controller_name(CGROUP_MEMORY | CGROUP_CPU));
	assert_null(cgroup_controller_name(0));
}

/* From the caller's cgroup to the root, as many levels as its path has names and one. */
static void levels(void **state)
{
	_cleanup_cgroup_host_ CgroupHost h = {0};
	const char *own;
	size_t len, names = 0;

	assert_int_equal(cgroup_host_read(&h, NULL), 0);
	if (h.mode != CGROUP_V2) {
		print_message("this host has no unified hierarchy\n");
		assert_int_equal(h.n_levels, 0);
		assert_int_equal(h.pids, 0);
		/* This jumps over the end of the scope. */
		cgroup_host_done(&h);
		skip();
	}
	assert_int_equal(h.n_levels, 1);
	cgroup_host_read_levels(&h);
	own = cgroup_host_path(&h, "", &len);
	for (size_t i = 0; i + 1 < len; i++)
		names += own[i] == '/';
	assert_int_equal(h.n_levels, names + 1);
	for (unsigned i = 0; i < h.n_levels; i++)
		assert_int_equal(h.enabled[i] & ~h.possible[i], 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_of_controllers),
		cmocka_unit_test(what_is_not_there),
		cmocka_unit_test(damaged_text),
		cmocka_unit_test(mounts),
		cmocka_unit_test(this_machine),
		cmocka_unit_test(controllers),
		cmocka_unit_test(levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
