/* SPDX-License-Identifier: Apache-2.0 */
#include "store/view.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/fd.h"
#include "store/test-archive.h"

/* Three layers; script runs in a directory with lower, middle and upper. */
static const char script[] =
	"mkdir -p lower/etc lower/usr/bin lower/opaque lower/gone/sub lower/both upper/etc "
	"  middle/opaque middle/both upper/both middle/empty;"
	"echo lower >lower/etc/passwd; echo upper >upper/etc/passwd; echo group >lower/etc/group;"
	"echo sh >lower/usr/bin/sh; ln -s usr/bin lower/bin; ln -s /bin/sh middle/abs;"
	"ln -s ../../../../etc/group lower/usr/up; ln -s loop lower/loop;"
	"echo hidden >lower/opaque/hidden; echo shown >middle/opaque/shown;"
	"setfattr -n trusted.overlay.opaque -v y middle/opaque;"
	"mknod middle/gone c 0 0; echo deleted >lower/deleted; mknod upper/deleted c 0 0;"
	"echo x >lower/both/l; echo x >middle/both/m; echo x >upper/both/u; mknod upper/both/l c 0 "
	"0;"
	"echo file >lower/dir-over-file; mkdir middle/dir-over-file; echo in "
	">middle/dir-over-file/in;"
	"mkdir lower/file-over-dir; echo in >lower/file-over-dir/in; echo f >upper/file-over-dir;"
	"mkfifo lower/fifo; echo up >lower/usr/x; mkdir middle/usr; ln -s up middle/usr/chain;";

typedef struct Scratch {
	char path[64];
	View merged, single;
} Scratch;

static int open_layer(const Scratch *s, const char *name)
{
	char path[96];
	int fd;

	(void)snprintf(path, sizeof path, "%s/%s", s->path, name);
	fd = fd_open_dir(AT_FDCWD, path);
	assert_true(fd >= 0);
	return fd;
}

static int set_up(void **state)
{
	Scratch *s = calloc(1, sizeof *s);

	assert_non_null(s);
	*state = s;
	if (geteuid() != 0)
		return 0;
	fd_close(test_dir_make(s->path));
	free(test_shell("cd %s; %s", s->path, script));
	s->merged.layer_fds = calloc(3, sizeof(int));
	s->merged.layer_fds[s->merged.n++] = open_layer(s, "upper");
	s->merged.layer_fds[s->merged.n++] = open_layer(s, "middle");
	s->merged.layer_fds[s->merged.n++] = open_layer(s, "lower");
	s->single.layer_fds = calloc(1, sizeof(int));
	s->single.layer_fds[s->single.n++] = open_layer(s, "lower");
	return 0;
}

static int tear_down(void **state)
{
	Scratch *s = *state;

	view_done(&s->merged);
	view_done(&s->single);
	if (s->path[0])
		test_dir_remove(s->path);
	free(s);
	return 0;
}

static void assert_reads(const View *v, const char *path, const char *wanted)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;

	assert_int_equal(view_read_file(v, path, 100, &text, &len), 0);
	assert_string_equal(text, wanted);
	assert_int_equal(len, strlen(wanted));
}

static int read_error(const View *v, const char *path)
{
	char *text;

	return view_read_file(v, path, 100, &text, NULL);
}

static void reads_merged(void **state)
{
	const Scratch *s = *state;
	const View *v = &s->merged;

	test_need_root();
	assert_reads(v, "/etc/passwd", "upper\n");
	assert_reads(v, "/etc/group", "group\n");
	assert_reads(v, "//etc/./../etc//group", "group\n");
	assert_reads(v, "/bin/sh", "sh\n");
	assert_reads(v, "/abs", "sh\n");
	assert_reads(v, "/usr/up", "group\n");
	assert_reads(v, "/usr/chain", "group\n");
	assert_reads(v, "/../../etc/group", "group\n");
	assert_reads(v, "/opaque/shown", "shown\n");
	assert_int_equal(read_error(v, "/opaque/hidden"), -ENOENT);
	assert_int_equal(read_error(v, "/gone"), -ENOENT);
	assert_int_equal(read_error(v, "/gone/sub"), -ENOENT);
	assert_int_equal(read_error(v, "/deleted"), -ENOENT);
	assert_int_equal(read_error(v, "/both/l"), -ENOENT);
	assert_reads(v, "/both/m", "x\n");
	assert_reads(v, "/both/u", "x\n");
	assert_reads(v, "/dir-over-file/in", "in\n");
	assert_int_equal(read_error(v, "/file-over-dir/in"), -ENOTDIR);
	assert_reads(v, "/file-over-dir", "f\n");
	assert_int_equal(read_error(v, "/etc/passwd/"), -ENOTDIR);
	assert_int_equal(read_error(v, "/etc/nothing"), -ENOENT);
	assert_int_equal(read_error(v, ""), -ENOENT);
	assert_int_equal(read_error(v, "/loop"), -ELOOP);
	assert_int_equal(read_error(v, "/etc"), -EISDIR);
	assert_int_equal(read_error(v, "/fifo"), -EINVAL);
}

static void reads_single(void **state)
{
	const Scratch *s = *state;
	const View *v = &s->single;

	test_need_root();
	assert_reads(v, "/etc/passwd", "lower\n");
	assert_reads(v, "/bin/sh", "sh\n");
	assert_reads(v, "/usr/up", "group\n");
	assert_int_equal(read_error(v, "/loop"), -ELOOP);
	assert_int_equal(read_error(v, "/etc/passwd/x"), -ENOTDIR);
	assert_int_equal(read_error(v, "/etc"), -EISDIR);
	assert_int_equal(read_error(v, "/fifo"), -EINVAL);
}

static void assert_resolves(const View *v, const char *path, bool follow, const char *wanted)
{
	_cleanup_free_ char *resolved = NULL;
	_cleanup_close_ int fd = -1;
	struct stat st;

	assert_int_equal(view_lookup(v, path, follow, &fd, &st, &resolved), 0);
	assert_string_equal(resolved, wanted);
}

static void resolves(void **state)
{
	const Scratch *s = *state;
	const View *views[] = {&s->merged, &s->single};

	test_need_root();
	for (size_t i = 0; i < ARRAY_LEN(views); i++) {
		assert_resolves(views[i], "/", true, "/");
		assert_resolves(views[i], "/..", true, "/");
		assert_resolves(views[i], "/bin", true, "/usr/bin");
		assert_resolves(views[i], "/bin", false, "/bin");
		assert_resolves(views[i], "/bin/", false, "/usr/bin");
		assert_resolves(views[i], "/bin/..", true, "/usr");
		assert_resolves(views[i], "/bin/sh", false, "/usr/bin/sh");
		assert_resolves(views[i], "/usr/up", true, "/etc/group");
	}
	assert_resolves(&s->merged, "/abs", true, "/usr/bin/sh");
	assert_resolves(&s->merged, "/abs", false, "/abs");
}

/* The kernel's overlay of the same layers must show the same. */
static void agrees_with_overlay(void **state)
{
	const Scratch *s = *state;
	_cleanup_free_ char *listing = NULL;
	size_t seen = 0;

	test_need_root();
	listing = test_shell("cd %s; mkdir mnt; unshare -m sh -ec '"
			     "mount -t overlay -o lowerdir=upper:middle:lower none mnt; cd mnt; "
			     "find . -mindepth 1 -printf \"%%y%%m %%P\\n\"'; rmdir mnt",
		s->path);
	for (char *line = listing; *line;) {
		char *end = strchr(line, '\n'), *path = strchr(line, ' ') + 1, type[16];
		_cleanup_close_ int fd = -1;
		struct stat st;

		*end = '\0';
		assert_int_equal(view_lookup(&s->merged, path, false, &fd, &st, NULL), 0);
		(void)snprintf(type, sizeof type, "%c%o",
			S_ISDIR(st.st_mode)    ? 'd'
			: S_ISLNK(st.st_mode)  ? 'l'
			: S_ISFIFO(st.st_mode) ? 'p'
					       : 'f',
			st.st_mode & 07777);
		path[-1] = '\0';
		assert_string_equal(type, line);
		line = end + 1;
		seen++;
	}
	assert_true(seen > 20);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_merged),
		TEST(reads_single),
		TEST(resolves),
		TEST(agrees_with_overlay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
