/* SPDX-License-Identifier: Apache-2.0 */
#include "isolate/seccomp.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"

#include <cmocka.h>

static char data_dir[] = "/tmp/rkt-test-seccomp-XXXXXX";

static int set_up(void **state)
{
	(void)memcpy(data_dir + sizeof data_dir - 7, "XXXXXX", 6);
	assert_non_null(mkdtemp(data_dir));
	return 0;
}

static int tear_down(void **state)
{
	return path_remove_tree(AT_FDCWD, data_dir);
}

static void *program_of(const char *rules, size_t *ret_len)
{
	Error err = ERROR_INIT;
	char text[2 * ERROR_TEXT];
	void *program;

	if (seccomp_program(data_dir, rules, &program, ret_len, &err) < 0)
		fail_msg("%s", error_message(&err, text, sizeof text));
	assert_true(*ret_len > 0 && *ret_len % sizeof(struct sock_filter) == 0);
	return program;
}

/* What a child's one system call came to: 0 success, an errno, or 1000 and the signal that it died
 * from. */
#define DIED 1000

static int call_under(const char *rules, long number, long a, long b)
{
	_cleanup_free_ void *program = NULL;
	struct sock_fprog fprog;
	size_t len;
	int status;
	pid_t pid;

	program = program_of(rules, &len);
	fprog = (struct sock_fprog){
		.len = (unsigned short)(len / sizeof(struct sock_filter)),
		.filter = program,
	};
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		long r;

		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
			syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &fprog) < 0)
			syscall(SYS_exit_group, 255);
		r = syscall(number, a, b, 0L, 0L, 0L, 0L);
		/* clone() has made somebody who gets here too. */
		syscall(SYS_exit_group, r < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? DIED + WTERMSIG(status) : WEXITSTATUS(status);
}

static int call(long number, long a, long b)
{
	return call_under(seccomp_default_rules, number, a, b);
}

static void default_allows(void **state)
{
	assert_int_equal(call(SYS_getpid, 0, 0), 0);
	assert_int_equal(call(SYS_sync, 0, 0), 0);
	assert_int_equal(call(SYS_umask, 022, 0), 0);
	/* Calls newer than the list that the default set comes from. */
	assert_int_equal(call(SYS_close_range, 3, 1L << 20), 0);
	assert_int_equal(call(SYS_pidfd_open, 1L << 30, 0), ESRCH);
	assert_int_equal(call(SYS_clone, SIGCHLD, 0), 0);
}

static void default_kills(void **state)
{
	static const long numbers[] = {SYS_keyctl, SYS_unshare, SYS_mount, SYS_ptrace, SYS_bpf,
		SYS_setns, SYS_reboot, SYS_kexec_load, SYS_init_module, SYS_add_key,
		SYS_perf_event_open, SYS_userfaultfd, 100000};

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		assert_int_equal(call(numbers[i], 0, 0), DIED + SIGSYS);
}

static void default_says_enosys(void **state)
{
	static const long numbers[] = {SYS_clone3, 425 /* io_uring_setup */, SYS_fsopen,
		SYS_open_tree, SYS_mount_setattr, SYS_pidfd_getfd};

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		assert_int_equal(call(numbers[i], 0, 0), ENOSYS);
}

static void clone_makes_no_namespaces(void **state)
{
	static const long flags[] = {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET,
		CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWCGROUP, CLONE_NEWUSER | CLONE_NEWNS};

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		assert_int_equal(call(SYS_clone, flags[i] | SIGCHLD, 0), DIED + SIGSYS);
}

/* The x32 numbers of x86-64 are no way around the filter; elsewhere there is no such call anyway.
 */
static void other_abi(void **state)
{
	assert_int_equal(call(0x40000000 | SYS_unshare, 0, 0), DIED + SIGSYS);
}

static void retain_and_remove(void **state)
{
	static const char retain[] = "default errno 1\nallow getpid\n";
	static const char removed[] = "default allow\nerrno 13 getpid\nkill sync\n";

	assert_int_equal(call_under(retain, SYS_getpid, 0, 0), 0);
	assert_int_equal(call_under(retain, SYS_getppid, 0, 0), EPERM);
	assert_int_equal(call_under(removed, SYS_getpid, 0, 0), EACCES);
	assert_int_equal(call_under(removed, SYS_sync, 0, 0), DIED + SIGSYS);
	assert_int_equal(call_under(removed, SYS_getppid, 0, 0), 0);
	/* Whose only filter is what it must not do may still make namespaces. */
	assert_int_equal(call_under(removed, SYS_unshare, 0, 0), 0);
}

static void names_of_no_machine_are_passed_over(void **state)
{
	assert_int_equal(call_under("default allow\nkill no_such_call\n", SYS_getpid, 0, 0), 0);
}

/* The only file of the cache. Fresh memory. */
static char *cache_file(void)
{
	char pattern[64], *path;
	glob_t found;

	(void)snprintf(pattern, sizeof pattern, "%s/seccomp/*", data_dir);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	path = strdup(found.gl_pathv[0]);
	assert_non_null(path);
	globfree(&found);
	return path;
}

static const char some_rules[] = "default allow\nerrno 13 getpid\n";

static void expect_program(const void *want, size_t want_len)
{
	_cleanup_free_ void *program = NULL;
	size_t len;

	program = program_of(some_rules, &len);
	assert_int_equal(len, want_len);
	assert_memory_equal(program, want, len);
}

static ino_t inode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

/* A file that is made anew is another file. */
static void cache_hit(void **state)
{
	_cleanup_free_ void *program = NULL;
	_cleanup_free_ char *path = NULL;
	ino_t inode;
	size_t len;

	program = program_of(some_rules, &len);
	path = cache_file();
	inode = inode_of(path);
	expect_program(program, len);
	assert_true(inode_of(path) == inode);
}

static void expect_renewal(
	const char *path, const char *damaged, size_t n, const void *program, size_t len)
{
	ino_t inode;

	assert_int_equal(unlink(path), 0);
	assert_int_equal(fd_write_file(AT_FDCWD, path, 0644, damaged, n, NULL), 0);
	inode = inode_of(path);
	expect_program(program, len);
	assert_true(inode_of(path) != inode);
}

/* A file that is cut off or changed anywhere is made anew. */
static void cache_damaged(void **state)
{
	_cleanup_free_ char *path = NULL, *file = NULL, *again = NULL;
	_cleanup_free_ void *program = NULL;
	size_t len, file_len, again_len;

	program = program_of(some_rules, &len);
	path = cache_file();
	assert_int_equal(fd_read_file(AT_FDCWD, path, 1u << 20, &file, &file_len, NULL), 0);
	for (size_t n = 0; n < file_len; n += 4)
		expect_renewal(path, file, n, program, len);
	for (size_t i = 0; i < file_len; i += 3) {
		if (i >= sizeof "rkt-seccomp 2" && i < 16)
			continue; /* padding */
		file[i] ^= 1;
		expect_renewal(path, file, file_len, program, len);
		file[i] ^= 1;
	}
	/* And the cache is whole again. */
	assert_int_equal(fd_read_file(AT_FDCWD, path, 1u << 20, &again, &again_len, NULL), 0);
	assert_int_equal(again_len, file_len);
	assert_memory_equal(again, file, file_len);
}

static void no_cache_no_harm(void **state)
{
	_cleanup_free_ void *program = NULL;
	size_t len;

	/* Nothing can be made below a file, whoever tries. */
	assert_int_equal(seccomp_program("/dev/null", some_rules, &program, &len, NULL), 0);
	assert_true(len > 0);
}

static void bad_rules(void **state)
{
	static const char *const rules[] = {"", "default allow", "allow read\n", "default maybe\n",
		"default allow\nsometimes read\n", "default allow\nkill read"};

	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		void *program = state;
		size_t len = 7;
		Error err = ERROR_INIT;
		char text[2 * ERROR_TEXT];

		assert_int_equal(
			seccomp_program(data_dir, rules[i], &program, &len, &err), -EINVAL);
		assert_string_equal(error_message(&err, text, sizeof text),
			"cannot compile the system call filter");
		assert_ptr_equal(program, state);
	}
}

#define WITH_DIR(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH_DIR(default_allows),
		WITH_DIR(default_kills),
		WITH_DIR(default_says_enosys),
		WITH_DIR(clone_makes_no_namespaces),
		WITH_DIR(other_abi),
		WITH_DIR(retain_and_remove),
		WITH_DIR(names_of_no_machine_are_passed_over),
		WITH_DIR(cache_hit),
		WITH_DIR(cache_damaged),
		WITH_DIR(no_cache_no_harm),
		WITH_DIR(bad_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
