/* SPDX-License-Identifier: Apache-2.0 */
#include "init/execute.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Each test has a directory with "root", the base, and "outside", which nothing may touch. */
static char dir[] = "/tmp/rkt-test-execute-XXXXXX";
static char pool[3 * PATH_MAX];
static const Plan plan = {.pool = pool};
static Execution x;

static int set_up(void **state)
{
	(void)memcpy(dir + sizeof dir - 7, "XXXXXX", 6);
	if (!mkdtemp(dir) || chdir(dir) < 0 || mkdir("root", 0755) < 0 ||
		mkdir("outside", 0755) < 0)
		return -1;
	x = (Execution)EXECUTION_INIT(&plan);
	x.base = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return x.base < 0 ? -1 : 0;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

/* Also checks that nothing was made outside. */
static int tear_down(void **state)
{
	int r = rmdir("outside");

	(void)close(x.base);
	if (chdir("/") < 0 || nftw(dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS) < 0)
		return -1;
	return r;
}

typedef int (*Operation)(Execution *x, const PlanOp *op);

/* Executes one with the strings given. */
static int run(Operation operation, PlanOp op, const char *path, const char *source)
{
	op.path = 1;
	op.source = PATH_MAX + 1;
	memcpy(pool + op.path, path, strlen(path) + 1);
	memcpy(pool + op.source, source, strlen(source) + 1);
	return operation(&x, &op);
}

static int directory(const char *path, unsigned mode)
{
	return run(execute_directory, (PlanOp){.num = {mode}}, path, "");
}

static int file(const char *path, const char *text, uint32_t flags)
{
	PlanOp op = {.flags = flags, .num = {0640}};

	op.data = 2 * PATH_MAX + 1;
	op.data_len = (uint32_t)strlen(text);
	memcpy(pool + op.data, text, op.data_len);
	return run(execute_file, op, path, "");
}

static void expect_file(const char *path, const char *want)
{
	char text[64] = "";
	struct stat st;
	int fd;

	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_true(read(fd, text, sizeof text - 1) >= 0);
	(void)close(fd);
	assert_string_equal(text, want);
}

static void expect_mode(const char *path, unsigned mode)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, mode);
}

static void directories(void **state)
{
	(void)umask(0);
	assert_int_equal(directory("/a/b/c/d", 01777), 0);
	expect_mode("root/a/b/c/d", 01777);
	expect_mode("root/a/b/c", 0755);
	/* What is there stays as it is. */
	assert_int_equal(directory("/a/b/c/d", 0700), 0);
	expect_mode("root/a/b/c/d", 01777);
	assert_int_equal(directory("a/b/relative", 0700), 0);
	expect_mode("root/a/b/relative", 0700);
	(void)umask(022);
}

static void links_stay_inside(void **state)
{
	char target[128];

	(void)snprintf(target, sizeof target, "%s/outside", dir);
	assert_int_equal(mkdir("root/real", 0755), 0);
	assert_int_equal(symlink("/real", "root/absolute"), 0);
	assert_int_equal(symlink("../outside", "root/up"), 0);
	assert_int_equal(symlink(target, "root/away"), 0);
	assert_int_equal(directory("/absolute/sub", 0755), 0);
	assert_int_equal(access("root/real/sub", F_OK), 0);
	assert_int_equal(file("/absolute/file", "x", 0), 0);
	expect_file("root/real/file", "x");
	/* These lead nowhere, seen from the root, and give way to what is wanted there. */
	assert_int_equal(file("/up/file", "x", 0), 0);
	expect_file("root/up/file", "x");
	assert_int_equal(directory("/away/sub", 0755), 0);
	assert_int_equal(access("root/away/sub", F_OK), 0);
	assert_int_equal(access("outside/file", F_OK), -1);
	assert_int_equal(access("outside/sub", F_OK), -1);
}

static void files_replace(void **state)
{
	assert_int_equal(file("/new/dir/file", "one", 0), 0);
	expect_file("root/new/dir/file", "one");
	expect_mode("root/new/dir/file", 0640);
	assert_int_equal(file("/new/dir/file", "2", 0), 0);
	expect_file("root/new/dir/file", "2");
	assert_int_equal(file("/new/dir/file", "3", PLAN_IF_MISSING), 0);
	expect_file("root/new/dir/file", "2");
	assert_int_equal(file("/empty", "", PLAN_IF_MISSING), 0);
	expect_file("root/empty", "");
}

/* A pipe is not written to, a link not followed: both go. */
static void files_replace_what_an_image_has(void **state)
{
	int fd = open("outside/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	(void)close(fd);
	assert_int_equal(mkfifo("root/pipe", 0644), 0);
	assert_int_equal(symlink("../outside/file", "root/link"), 0);
	assert_int_equal(mkdir("root/directory", 0755), 0);
	assert_int_equal(file("/pipe", "x", 0), 0);
	expect_file("root/pipe", "x");
	assert_int_equal(file("/link", "x", 0), 0);
	expect_file("root/link", "x");
	expect_file("outside/file", "");
	assert_int_equal(unlink("outside/file"), 0);
	assert_int_equal(file("/directory", "x", 0), -EISDIR);
}

static void symlinks(void **state)
{
	char text[32] = "";

	assert_int_equal(run(execute_symlink, (PlanOp){0}, "/d/link", "one"), 0);
	assert_int_equal(run(execute_symlink, (PlanOp){0}, "/d/link", "two"), 0);
	assert_int_equal(
		run(execute_symlink, (PlanOp){.flags = PLAN_IF_MISSING}, "/d/link", "three"), 0);
	assert_int_equal(readlink("root/d/link", text, sizeof text - 1), 3);
	assert_string_equal(text, "two");
}

static void nodes(void **state)
{
	struct stat st;

	assert_int_equal(run(execute_node, (PlanOp){.num = {S_IFIFO | 0600}}, "/d/node", ""), 0);
	assert_int_equal(lstat("root/d/node", &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_int_equal(
		run(execute_node, (PlanOp){.num = {S_IFIFO | 0600}}, "/d/node", ""), -EEXIST);
}

static void paths_that_name_nothing(void **state)
{
	static const char *const paths[] = {"", "name", "/", "/a/", "/.", "/..", "/a/.."};
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		assert_int_equal(file(paths[i], "x", 0), -EINVAL);
	memset(path, '/', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	assert_int_equal(file(path, "x", 0), -EINVAL);
	memset(path + 1, 'n', 300);
	path[301] = '\0';
	assert_int_equal(file(path, "x", 0), -ENAMETOOLONG);
}

#define IN_DIR(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_DIR(directories),
		IN_DIR(links_stay_inside),
		IN_DIR(files_replace),
		IN_DIR(files_replace_what_an_image_has),
		IN_DIR(symlinks),
		IN_DIR(nodes),
		IN_DIR(paths_that_name_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
