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
	int fd = execute_make_directory(&x, path, mode);

	if (fd < 0)
		return fd;
	(void)close(fd);
	return 0;
}

static int link_to(const char *path, const char *target)
{
	return run(execute_symlink, (PlanOp){0}, path, target);
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
	assert_int_equal(link_to("/absolute/link", "x"), 0);
	assert_int_equal(readlink("root/real/link", target, sizeof target), 1);
	/* These lead nowhere, seen from the root, and give way to what is wanted there. */
	assert_int_equal(link_to("/up/link", "x"), 0);
	assert_int_equal(readlink("root/up/link", target, sizeof target), 1);
	assert_int_equal(directory("/away/sub", 0755), 0);
	assert_int_equal(access("root/away/sub", F_OK), 0);
	assert_int_equal(readlink("outside/link", target, sizeof target), -1);
	assert_int_equal(access("outside/sub", F_OK), -1);
}

/* A pipe is not opened, a link not followed: both go. */
static void links_replace_what_an_image_has(void **state)
{
	char text[32] = "";
	int fd = open("outside/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	(void)close(fd);
	assert_int_equal(mkfifo("root/pipe", 0644), 0);
	assert_int_equal(symlink("../outside/file", "root/link"), 0);
	assert_int_equal(mkdir("root/directory", 0755), 0);
	assert_int_equal(link_to("/pipe", "x"), 0);
	assert_int_equal(readlink("root/pipe", text, sizeof text), 1);
	assert_int_equal(link_to("/link", "x"), 0);
	assert_int_equal(readlink("root/link", text, sizeof text), 1);
	assert_int_equal(unlink("outside/file"), 0);
	assert_int_equal(link_to("/directory", "x"), -EISDIR);
}

static void symlinks(void **state)
{
	char text[32] = "";

	assert_int_equal(run(execute_symlink, (PlanOp){0}, "/d/link", "one"), 0);
	assert_int_equal(run(execute_symlink, (PlanOp){0}, "/d/link", "two"), 0);
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
		assert_int_equal(link_to(paths[i], "x"), -EINVAL);
	memset(path, '/', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	assert_int_equal(link_to(path, "x"), -EINVAL);
	memset(path + 1, 'n', 300);
	path[301] = '\0';
	assert_int_equal(link_to(path, "x"), -ENAMETOOLONG);
}

#define IN_DIR(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		IN_DIR(directories),
		IN_DIR(links_stay_inside),
		IN_DIR(links_replace_what_an_image_has),
		IN_DIR(symlinks),
		IN_DIR(nodes),
		IN_DIR(paths_that_name_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
