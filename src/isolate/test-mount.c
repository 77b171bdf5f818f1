/* SPDX-License-Identifier: Apache-2.0 */
#include "isolate/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "isolate/mount-legacy.h"

#include <cmocka.h>

/* Each test runs in a child with a mount namespace of its own, on a tmpfs that is its working
 * directory. It says on stderr what did not hold, and ends with 1. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			(void)fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition,   \
				strerror(errno));                                                  \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

static void in_namespace(void (*test)(void))
{
	char dir[] = "/tmp/rkt-test-mount-XXXXXX";
	int status;
	pid_t pid;

	if (geteuid() != 0) {
		print_message("needs root\n");
		skip();
	}
	assert_non_null(mkdtemp(dir));
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		static const char options[] = "mode=755\0size=4m";
		int fs, target;

		CHECK(unshare(CLONE_NEWNS) == 0);
		CHECK(mount_make_slave() == 0);
		fs = mount_create("tmpfs", options, sizeof options, MOUNT_ATTR_NOSUID);
		CHECK(fs >= 0);
		target = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
		CHECK(mount_attach(fs, target) == 0 && chdir(dir) == 0);
		test();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	/* Nothing of it was seen outside. */
	assert_int_equal(rmdir(dir), 0);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	CHECK(close(fd) == 0);
}

static bool file_is(const char *path, const char *text)
{
	char buf[64] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof buf - 1);

	if (fd >= 0)
		(void)close(fd);
	return n >= 0 && streq(buf, text);
}

static void attach_at(int fd, const char *path)
{
	int target = open(path, O_PATH | O_CLOEXEC);

	CHECK(fd >= 0 && target >= 0);
	CHECK(mount_attach(fd, target) == 0);
	CHECK(close(fd) == 0 && close(target) == 0);
}

static void check_options(void)
{
	struct statvfs fs;
	struct stat st;

	CHECK(stat(".", &st) == 0 && (st.st_mode & 07777) == 0755);
	CHECK(statvfs(".", &fs) == 0 && fs.f_blocks * fs.f_frsize == 4u << 20);
	CHECK((fs.f_flag & ST_NOSUID) && !(fs.f_flag & ST_NODEV));
}

static void options_and_attributes(void **state)
{
	in_namespace(check_options);
}

static void check_refusals(void)
{
	static const char no_key[] = "nonsense=1";
	static const char long_key[] = "a-key-that-is-longer-than-any-that-there-is=1";

	CHECK(mount_create("no-such-fs", "", 0, 0) == -ENODEV);
	CHECK(mount_create("tmpfs", no_key, sizeof no_key, 0) == -EINVAL);
	CHECK(mount_create("tmpfs", long_key, sizeof long_key, 0) == -EINVAL);
	CHECK(mount_clone(AT_FDCWD, "none", false) == -ENOENT);
}

static void refusals(void **state)
{
	in_namespace(check_refusals);
}

/* "outer" with a file, and below it a mount with another. */
static void make_nested(void)
{
	CHECK(mkdir("outer", 0755) == 0 && mkdir("outer/inner", 0755) == 0);
	CHECK(mkdir("copy", 0755) == 0);
	attach_at(mount_create("tmpfs", "", 0, 0), "outer/inner");
	write_file("outer/file", "1");
	write_file("outer/inner/file", "2");
}

static void check_clone(void)
{
	make_nested();
	attach_at(mount_clone(AT_FDCWD, "outer", false), "copy");
	CHECK(file_is("copy/file", "1") && !file_is("copy/inner/file", "2"));
	attach_at(mount_clone(AT_FDCWD, "outer", true), "copy");
	CHECK(file_is("copy/file", "1") && file_is("copy/inner/file", "2"));
}

static void clones(void **state)
{
	in_namespace(check_clone);
}

static void check_read_only(void)
{
	int fd;

	make_nested();
	fd = mount_clone(AT_FDCWD, "outer", true);
	CHECK(mount_set_attrs(fd, MOUNT_ATTR_RDONLY, false) == 0);
	attach_at(fd, "copy");
	CHECK(mkdir("copy/new", 0755) < 0 && errno == EROFS);
	CHECK(mkdir("copy/inner/new", 0755) == 0);
	fd = mount_clone(AT_FDCWD, "outer", true);
	CHECK(mount_set_attrs(fd, MOUNT_ATTR_RDONLY, true) == 0);
	attach_at(fd, "copy");
	CHECK(mkdir("copy/inner/new2", 0755) < 0 && errno == EROFS);
	/* What was copied stays as it was. */
	CHECK(mkdir("outer/new", 0755) == 0 && mkdir("outer/inner/new2", 0755) == 0);
}

static void read_only(void **state)
{
	in_namespace(check_read_only);
}

/* Two layers that differ, an upper directory, and one in which the kernel prepares changes. */
static const char lowers[] = "top\0bottom";

static void make_layers(void)
{
	static const char *const dirs[] = {"top", "bottom", "upper", "changes", "root"};

	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		CHECK(mkdir(dirs[i], 0755) == 0);
	write_file("top/both", "top");
	write_file("bottom/both", "bottom");
	write_file("bottom/only", "bottom");
}

static void check_merged(int overlay)
{
	attach_at(overlay, "root");
	CHECK(file_is("root/both", "top") && file_is("root/only", "bottom"));
	write_file("root/both", "new");
	CHECK(file_is("root/both", "new") && file_is("top/both", "top"));
	CHECK(file_is("upper/both", "new"));
}

/* The kernel leaves a mark in the work directory of an overlay that is not synced. */
static bool is_volatile(void)
{
	_cleanup_close_ int changes = open("changes", O_PATH | O_DIRECTORY | O_CLOEXEC);

	CHECK(changes >= 0);
	return faccessat(changes, "work/incompat/volatile", F_OK, 0) == 0;
}

static void check_overlay(void)
{
	make_layers();
	check_merged(mount_create_overlay(lowers, sizeof lowers, "upper", "changes", false));
	CHECK(!is_volatile());
}

static void overlay(void **state)
{
	in_namespace(check_overlay);
}

static void check_volatile_overlay(void)
{
	make_layers();
	check_merged(mount_create_overlay(lowers, sizeof lowers, "upper", "changes", true));
	CHECK(is_volatile());
}

static void volatile_overlay(void **state)
{
	in_namespace(check_volatile_overlay);
}

static void check_read_only_overlay(void)
{
	make_layers();
	attach_at(mount_create_overlay(lowers, sizeof lowers, "", "", false), "root");
	CHECK(file_is("root/both", "top"));
	CHECK(mkdir("root/new", 0755) < 0 && errno == EROFS);
}

static void read_only_overlay(void **state)
{
	in_namespace(check_read_only_overlay);
}

static void check_legacy_overlay(void)
{
	make_layers();
	check_merged(mount_legacy_overlay(lowers, sizeof lowers, "upper", "changes", true));
	CHECK(is_volatile());
	/* Nothing is left over the directory that lent itself as a mount point. */
	CHECK(rmdir("upper") < 0 && errno == ENOTEMPTY);
}

static void legacy_overlay(void **state)
{
	in_namespace(check_legacy_overlay);
}

static void check_legacy_refusals(void)
{
	static char many[5000];

	make_layers();
	CHECK(mount_legacy_overlay(lowers, sizeof lowers, "", "", false) == -EOPNOTSUPP);
	for (size_t i = 0; i + 4 <= sizeof many; i += 4)
		memcpy(many + i, "top", 4);
	CHECK(mount_legacy_overlay(many, sizeof many, "upper", "changes", false) == -E2BIG);
	CHECK(mount_legacy_overlay("none", 5, "upper", "changes", false) == -ENOENT);
	CHECK(mount_create_overlay("none", 5, "upper", "changes", false) == -ENOENT);
}

static void legacy_refusals(void **state)
{
	in_namespace(check_legacy_refusals);
}

static void check_pivot(void)
{
	int root;

	CHECK(mkdir("new", 0755) == 0);
	attach_at(mount_create("tmpfs", "", 0, 0), "new");
	write_file("new/here", "yes");
	root = open("new", O_PATH | O_DIRECTORY | O_CLOEXEC);
	CHECK(root >= 0 && mount_pivot(root) == 0);
	CHECK(file_is("/here", "yes") && file_is("here", "yes"));
	CHECK(access("/tmp", F_OK) < 0 && access("../new", F_OK) < 0);
}

static void pivot(void **state)
{
	in_namespace(check_pivot);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_attributes),
		cmocka_unit_test(refusals),
		cmocka_unit_test(clones),
		cmocka_unit_test(read_only),
		cmocka_unit_test(overlay),
		cmocka_unit_test(volatile_overlay),
		cmocka_unit_test(read_only_overlay),
		cmocka_unit_test(legacy_overlay),
		cmocka_unit_test(legacy_refusals),
		cmocka_unit_test(pivot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
