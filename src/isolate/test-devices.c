/* SPDX-License-Identifier: Apache-2.0 */
#include "isolate/devices.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "isolate/cgroup.h"

#include <cmocka.h>

#define PROGRAM_MAX 256

static void texts(void **state)
{
	static const DeviceRule block = {'b', 259, -1, "rw"}, all = {'c', -1, -1, "m"};
	char buf[64];

	assert_string_equal(device_rule_text(&device_rules[2], buf, sizeof buf), "c 1:3 rwm");
	assert_string_equal(device_rule_text(&block, buf, sizeof buf), "b 259:* rw");
	assert_string_equal(device_rule_text(&all, buf, sizeof buf), "c *:* m");
}

static void program_size(void **state)
{
	BpfInsn program[PROGRAM_MAX];
	unsigned n = device_rules_program(device_rules, n_device_rules, program, PROGRAM_MAX);

	assert_true(n > 0);
	assert_int_equal(sizeof program[0], 8);
	/* What does not fit is not there at all. */
	assert_int_equal(device_rules_program(device_rules, n_device_rules, program, n), n);
	assert_int_equal(device_rules_program(device_rules, n_device_rules, program, n - 1), 0);
	assert_int_equal(device_rules_program(device_rules, n_device_rules, program, 0), 0);
}

static int load_program(const DeviceRule *rules, unsigned n_rules)
{
	static char log[64 << 10];
	BpfInsn program[PROGRAM_MAX];
	unsigned n = device_rules_program(rules, n_rules, program, PROGRAM_MAX);
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insn_cnt = n,
		.insns = (uintptr_t)program,
		.license = (uintptr_t) "Apache-2.0",
		.log_buf = (uintptr_t)log,
		.log_size = sizeof log,
		.log_level = 1,
	};
	int fd;

	assert_true(n > 0);
	fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load);
	if (fd < 0 && (errno == EPERM || errno == ENOSYS)) {
		print_message("bpf: %s\n", strerror(errno));
		skip();
	}
	if (fd < 0)
		fail_msg("the kernel refuses the program: %s\n%s", strerror(errno), log);
	return fd;
}

static void verifier_accepts(void **state)
{
	static const DeviceRule others[] = {
		{'b', 8, 0, "r"}, {'b', 8, -1, "rw"}, {'c', -1, 3, "w"}, {'c', 0, 0, "rwm"}};
	_cleanup_close_ int fd = load_program(device_rules, n_device_rules), other = -1, none = -1;

	other = load_program(others, ARRAY_LEN(others));
	none = load_program(NULL, 0);
	assert_true(fd >= 0 && other >= 0 && none >= 0);
}

/* A v2 cgroup of the test's own. Skips where there can be none. */
static int make_cgroup(char *path, size_t size)
{
	_cleanup_cgroup_host_ CgroupHost h = {0};
	char mount[64];
	int fd;

	assert_int_equal(cgroup_host_read(&h, NULL), 0);
	if ((h.mode != CGROUP_V2 && h.mode != CGROUP_HYBRID) ||
		!cgroup_host_mount(&h, "", mount, sizeof mount)) {
		print_message("no cgroup v2 hierarchy is mounted\n");
		skip();
	}
	(void)snprintf(path, size, "%s/rkt-test-devices-%d", mount, (int)getpid());
	if (mkdir(path, 0755) < 0) {
		print_message("mkdir %s: %s\n", path, strerror(errno));
		skip();
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

typedef struct Attempt {
	unsigned type, major, minor;
	int flags; /* of open(); -1: only mknod() */
	int want;  /* errno */
} Attempt;

/* In the cgroup: tries to make and open a node; the errno of what failed, 0 for success. */
static int attempt(const Attempt *a, const char *dir)
{
	char path[128];
	int fd, r = 0;

	(void)snprintf(path, sizeof path, "%s/node", dir);
	if (mknod(path, a->type | 0600, makedev(a->major, a->minor)) < 0)
		return errno;
	if (a->flags >= 0) {
		fd = open(path, a->flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		r = fd < 0 ? errno : 0;
		if (fd >= 0)
			(void)close(fd);
	}
	(void)unlink(path);
	return r;
}

static int attempt_inside(const Attempt *a, int cgroup, const char *dir)
{
	int status, procs;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		procs = openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
		if (procs < 0 || write(procs, "0", 1) != 1)
			_exit(255);
		_exit(attempt(a, dir));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* The kernel decides as the rules say. A node without a driver says ENXIO when it may be opened. */
static void decides(void **state)
{
	static const Attempt attempts[] = {
		{S_IFCHR, 1, 3, O_RDWR, 0},           /* null */
		{S_IFCHR, 1, 5, O_RDONLY, 0},         /* zero */
		{S_IFCHR, 1, 9, O_RDWR, 0},           /* urandom */
		{S_IFCHR, 1, 11, O_RDONLY, EPERM},    /* kmsg */
		{S_IFCHR, 1, 1, O_RDONLY, EPERM},     /* mem */
		{S_IFCHR, 10, 229, O_RDWR, EPERM},    /* fuse */
		{S_IFCHR, 136, 1048575, O_RDWR, EIO}, /* a pseudo terminal that is not there */
		{S_IFBLK, 1, 3, O_RDONLY, EPERM},     /* numbers of null, but another type */
		{S_IFBLK, 8, 0, O_RDONLY, EPERM},
		{S_IFBLK, 8, 0, -1, 0}, /* making a node is no use of it */
		{S_IFCHR, 1, 11, -1, 0},
	};
	char dir[] = "/tmp/rkt-test-devices-XXXXXX", path[128];
	union bpf_attr attach = {.attach_type = BPF_CGROUP_DEVICE};
	_cleanup_close_ int program = load_program(device_rules, n_device_rules);
	_cleanup_close_ int cgroup = make_cgroup(path, sizeof path);
	int got[ARRAY_LEN(attempts)], r;

	attach.target_fd = (uint32_t)cgroup;
	attach.attach_bpf_fd = (uint32_t)program;
	assert_non_null(mkdtemp(dir));
	r = (int)syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(attempts); i++)
		got[i] = attempt_inside(&attempts[i], cgroup, dir);
	(void)rmdir(path);
	(void)rmdir(dir);
	assert_int_equal(r, 0);
	for (size_t i = 0; i < ARRAY_LEN(attempts); i++)
		if (got[i] != attempts[i].want)
			fail_msg("%c %u:%u: %s instead of %s",
				attempts[i].type == S_IFCHR ? 'c' : 'b', attempts[i].major,
				attempts[i].minor, strerror(got[i]), strerror(attempts[i].want));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(program_size),
		cmocka_unit_test(verifier_accepts),
		cmocka_unit_test(decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
