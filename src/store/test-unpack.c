/* SPDX-License-Identifier: Apache-2.0 */
#include "store/unpack.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <cmocka.h>
#include "base/fd.h"
#include "store/test-archive.h"
#include "store/whiteout.h"

typedef struct Scratch {
	char path[64];
	int fd;
} Scratch;

/* All is tried with trees, and with views. */
static bool view;

static int set_up(void **state)
{
	Scratch *s = calloc(1, sizeof *s);

	view = false;
	assert_non_null(s);
	s->fd = test_dir_make(s->path);
	*state = s;
	return 0;
}

static int set_up_view(void **state)
{
	int r = set_up(state);

	view = true;
	return r;
}

static int tear_down(void **state)
{
	Scratch *s = *state;

	fd_close(s->fd);
	test_dir_remove(s->path);
	free(s);
	return 0;
}

/* Unpacks entries up to the one without a name. */
static int unpack(int fd, const TestEntry *entries, UnpackOptions options, Error *err)
{
	_cleanup_strbuf_ StrBuf tar = TEST_TAR_INIT;

	if (view)
		test_need_root();
	for (; entries->name; entries++)
		test_tar_add(&tar, entries);
	test_tar_end(&tar);
	return view ? test_unpack_view(fd, &tar, options, err)
		    : test_unpack(fd, &tar, options, NULL, err);
}

static void assert_content(int fd, const char *path, const char *wanted)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(fd_read_file(fd, path, 1 << 20, &text, NULL, NULL), 0);
	assert_string_equal(text, wanted);
}

static struct stat status_of(int fd, const char *path)
{
	struct stat st = {0};

	assert_int_equal(fstatat(fd, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

static bool is_missing(int fd, const char *path)
{
	struct stat st;

	return fstatat(fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT;
}

static void later_entries_win(void **state)
{
	const Scratch *s = *state;
	const TestEntry entries[] = {
		{.name = "./a", .content = "old"},
		{.name = "a", .content = "new"},
		{.name = "file-then-dir", .content = "x"},
		{.name = "file-then-dir/", .type = '5'},
		{.name = "file-then-dir/inner", .content = "in"},
		{.name = "link-then-dir", .type = '2', .link = "/"},
		{.name = "link-then-dir", .type = '5'},
		{.name = "link-then-dir/inner", .content = "in"},
		{.name = "dir-then-file", .type = '5'},
		{.name = "dir-then-file", .content = "file"},
		{.name = "link-then-file", .type = '2', .link = "/etc/passwd"},
		{.name = "link-then-file", .content = "mine"},
		{.name = "self", .content = "self"},
		{.name = "self", .type = '1', .link = "self"},
		{.name = "dir", .type = '5', .mode = 0700},
		{.name = "dir", .type = '5', .mode = 0750},
		{0},
	};

	assert_int_equal(unpack(s->fd, entries, (UnpackOptions){0}, NULL), 0);
	assert_content(s->fd, "a", "new");
	assert_content(s->fd, "file-then-dir/inner", "in");
	assert_content(s->fd, "link-then-dir/inner", "in");
	assert_content(s->fd, "dir-then-file", "file");
	assert_content(s->fd, "link-then-file", "mine");
	assert_content(s->fd, "self", "self");
	assert_int_equal(status_of(s->fd, "dir").st_mode, S_IFDIR | 0750);
}

static void parents_are_made(void **state)
{
	const Scratch *s = *state;
	const TestEntry entries[] = {
		{.name = "a/b/c", .content = "deep"},
		{.name = "a/b", .type = '5', .mode = 0700, .mtime = 12345},
		{0},
	};

	assert_int_equal(unpack(s->fd, entries, (UnpackOptions){0}, NULL), 0);
	assert_content(s->fd, "a/b/c", "deep");
	assert_int_equal(status_of(s->fd, "a").st_mode, S_IFDIR | 0755);
	assert_int_equal(status_of(s->fd, "a/b").st_mode, S_IFDIR | 0700);
	assert_int_equal(status_of(s->fd, "a/b").st_mtim.tv_sec, 12345);
}

typedef struct Hostile {
	TestEntry entries[4];
	const char *reason; /* the whole message */
} Hostile;

/* Each must be refused, with this message, and without a trace outside of the tree. */
static const Hostile hostile[] = {
	{{{.name = "../evil"}}, "test.tar: \"../evil\": name with \"..\""},
	{{{.name = "a/../../evil"}}, "test.tar: \"a/../../evil\": name with \"..\""},
	{{{.name = "a/.."}}, "test.tar: \"a/..\": name with \"..\""},
	{{{.name = "/evil"}}, "test.tar: \"/evil\": absolute name"},
	{{{.name = "./.", .content = "x"}},
		"test.tar: \"./.\": the root of the tree must be a directory"},
	{{{.name = "l", .type = '2', .link = "/"}, {.name = "l/evil"}},
		"test.tar: \"l/evil\": lies below \"l\", which is a symbolic link"},
	{{{.name = "l", .type = '2', .link = ".."}, {.name = "l/evil"}},
		"test.tar: \"l/evil\": lies below \"l\", which is a symbolic link"},
	{{{.name = "l", .type = '2', .link = "."}, {.name = "l/d/evil", .type = '5'}},
		"test.tar: \"l/d/evil\": lies below \"l\", which is a symbolic link"},
	{{{.name = "f"}, {.name = "f/evil"}},
		"test.tar: \"f/evil\": lies below \"f\", which is not a directory"},
	{{{.name = "h", .type = '1', .link = "/etc/passwd"}},
		"test.tar: \"h\": target of the hard link: absolute name"},
	{{{.name = "h", .type = '1', .link = "../x"}},
		"test.tar: \"h\": target of the hard link: name with \"..\""},
	{{{.name = "h", .type = '1', .link = "missing"}},
		"test.tar: \"h\": hard link to \"missing\", which the archive does not contain"},
	{{{.name = "l", .type = '2', .link = "/etc"},
		 {.name = "h", .type = '1', .link = "l/passwd"}},
		"test.tar: \"h\": hard link to \"l/passwd\", which the archive does not contain"},
	{{{.name = "d", .type = '5'}, {.name = "h", .type = '1', .link = "d"}},
		"test.tar: \"h\": hard link to \"d\", which is a directory"},
	{{{.name = "d/f"}, {.name = "d"}},
		"test.tar: \"d\": would replace a directory of the same name, which is not empty"},
	{{{.name = "s", .type = '2', .link = ""}},
		"test.tar: \"s\": symbolic link without a target"},
	{{{.name = "w", .type = '3'}}, "test.tar: \"w\": character device 0:0, which overlay would "
				       "take for a deleted file"},
	{{{.name = "dev", .type = '3', .major = 0x1fffff}},
		"test.tar: \"dev\": device number out of range"},
	{{{.name = "a\x1b[2Jb/.."}}, "test.tar: \"a?[2Jb/..\": name with \"..\""},
};

static void hostile_entries(void **state)
{
	const Scratch *s = *state;

	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		_cleanup_close_ int root = -1;
		Error err = ERROR_INIT;
		char text[ERROR_TEXT * 2];

		assert_int_equal(mkdirat(s->fd, "root", 0755), 0);
		root = fd_open_dir(s->fd, "root");
		assert_int_equal(
			unpack(root, hostile[i].entries, (UnpackOptions){0}, &err), -EINVAL);
		assert_string_equal(error_message(&err, text, sizeof text), hostile[i].reason);
		assert_true(is_missing(s->fd, "evil"));
		free(test_shell("rm -r %s/root; test -z \"$(ls -A %s)\"", s->path, s->path));
	}
}

static void links_stay_text(void **state)
{
	const Scratch *s = *state;
	const TestEntry entries[] = {
		{.name = "up", .type = '2', .link = "../../../etc/passwd"},
		{.name = "abs", .type = '2', .link = "/etc/passwd"},
		{.name = "hard", .type = '1', .link = "./abs"},
		{0},
	};
	char target[64] = "";

	assert_int_equal(unpack(s->fd, entries, (UnpackOptions){0}, NULL), 0);
	assert_true(readlinkat(s->fd, "up", target, sizeof target - 1) > 0);
	assert_string_equal(target, "../../../etc/passwd");
	assert_int_equal(status_of(s->fd, "hard").st_ino, status_of(s->fd, "abs").st_ino);
	assert_true(S_ISLNK(status_of(s->fd, "hard").st_mode));
}

static void limits(void **state)
{
	const Scratch *s = *state;
	const TestEntry entries[] = {
		{.name = "a", .content = "12345"}, {.name = "b", .content = "12345"}, {0}};
	const UnpackOptions bytes = {.limits.max_bytes = 9}, count = {.limits.max_entries = 1};
	char text[ERROR_TEXT * 2];
	Error err = ERROR_INIT;

	assert_int_equal(unpack(s->fd, entries, bytes, &err), -EFBIG);
	assert_string_equal(error_message(&err, text, sizeof text),
		"test.tar: \"b\": with it the archive unpacks to more than 9 bytes");
	assert_int_equal(unpack(s->fd, entries, count, &err), -EFBIG);
	assert_string_equal(
		error_message(&err, text, sizeof text), "test.tar: more than 1 entries");
	assert_int_equal(unpack(s->fd, entries, (UnpackOptions){.limits.max_bytes = 10}, &err), 0);
}

/* A bomb behind the end of the archive: zeros without end. */
static ssize_t read_zeros(void *source, const void **ret, Error *err)
{
	static const char zeros[1 << 20];

	(*(unsigned *)source)++;
	*ret = zeros;
	return sizeof zeros;
}

static void endless_stream(void **state)
{
	const Scratch *s = *state;
	const UnpackOptions options = {.what = "bomb", .limits = {1u << 20, 10}};
	char text[ERROR_TEXT * 2];
	Error err = ERROR_INIT;
	UnpackResult result;
	unsigned calls = 0;

	assert_int_equal(unpack_tar(s->fd, read_zeros, &calls, &options, &result, &err), -EFBIG);
	assert_true(calls < 64);
	assert_string_equal(error_message(&err, text, sizeof text),
		"bomb: the archive is far larger than what it contains");
}

static ssize_t read_fails(void *source, const void **ret, Error *err)
{
	return error_set(err, __FILE__, __LINE__, -ECONNRESET, "the registry hung up");
}

static void source_errors_pass_through(void **state)
{
	const Scratch *s = *state;
	const UnpackOptions options = {.what = "x", .limits = {1u << 20, 10}};
	char text[ERROR_TEXT * 2];
	Error err = ERROR_INIT;
	UnpackResult result;

	assert_int_equal(unpack_tar(s->fd, read_fails, NULL, &options, &result, &err), -ECONNRESET);
	assert_string_equal(error_message(&err, text, sizeof text), "the registry hung up");
}

static void damaged_archives(void **state)
{
	const Scratch *s = *state;
	_cleanup_strbuf_ StrBuf tar = TEST_TAR_INIT, junk = TEST_TAR_INIT;
	char text[ERROR_TEXT * 2];
	Error err = ERROR_INIT;

	test_tar_add(&tar, &(TestEntry){.name = "cut", .content = "1234", .size = 4000});
	assert_int_equal(test_unpack(s->fd, &tar, (UnpackOptions){0}, NULL, &err), -EINVAL);
	assert_string_equal(
		error_message(&err, text, sizeof text), "test.tar: \"cut\": Truncated tar archive");
	for (unsigned i = 0; i < 2000; i++)
		strbuf_putc(&junk, (char)('a' + i % 17));
	assert_int_equal(test_unpack(s->fd, &junk, (UnpackOptions){0}, NULL, &err), -EINVAL);
	assert_non_null(strstr(error_message(&err, text, sizeof text), "test.tar: "));
	tar.text[0] = 'C';
	assert_int_equal(test_unpack(s->fd, &tar, (UnpackOptions){0}, NULL, &err), -EINVAL);
}

static void empty_archive(void **state)
{
	const Scratch *s = *state;
	const TestEntry none[] = {{0}};

	assert_int_equal(unpack(s->fd, none, (UnpackOptions){0}, NULL), 0);
}

static int keep_manifest(void *userdata, const char *name, const char *data, size_t len, Error *err)
{
	assert_string_equal(name, "manifest");
	strbuf_add(userdata, data, len);
	return 0;
}

static void stripping(void **state)
{
	const Scratch *s = *state;
	_cleanup_strbuf_ StrBuf manifest = STRBUF_INIT(1000);
	const UnpackOptions options = {
		.strip = "rootfs", .file = keep_manifest, .file_max = 20, .userdata = &manifest};
	const TestEntry good[] = {
		{.name = "./", .type = '5'},
		{.name = "manifest", .content = "{}"},
		{.name = "rootfs", .type = '5', .mode = 0711},
		{.name = "rootfs/a", .content = "a"},
		{.name = "./rootfs/b", .type = '1', .link = "rootfs/a"},
		{.name = "rootfs/.wh.x", .content = "plain file"},
		{0},
	};
	const TestEntry outside[] = {{.name = "etc/passwd", .type = '2', .link = "/"}, {0}};
	const TestEntry lookalike[] = {{.name = "rootfs2/x", .type = '5'}, {0}};
	const TestEntry link_out[] = {{.name = "rootfs/x", .type = '1', .link = "manifest"}, {0}};
	const TestEntry big[] = {{.name = "manifest", .content = "123456789012345678901"}, {0}};

	assert_int_equal(unpack(s->fd, good, options, NULL), 0);
	assert_string_equal(strbuf_text(&manifest), "{}");
	assert_content(s->fd, "b", "a");
	assert_content(s->fd, ".wh.x", "plain file");
	assert_int_equal(status_of(s->fd, ".").st_mode, S_IFDIR | 0711);
	assert_true(is_missing(s->fd, "manifest"));
	assert_int_equal(unpack(s->fd, outside, options, NULL), -EINVAL);
	assert_int_equal(unpack(s->fd, lookalike, options, NULL), -EINVAL);
	assert_int_equal(unpack(s->fd, link_out, options, NULL), -EINVAL);
	assert_int_equal(unpack(s->fd, big, options, NULL), -EFBIG);
}

static bool is_opaque(const Scratch *s, const char *path)
{
	_cleanup_close_ int fd = fd_open_dir(s->fd, path);
	char value = 0;

	assert_true(fd >= 0);
	return fgetxattr(fd, "trusted.overlay.opaque", &value, 1) == 1 && value == 'y';
}

static bool is_whiteout(const Scratch *s, const char *path)
{
	struct stat st = status_of(s->fd, path);

	return whiteout_is(&st);
}

static void whiteouts(void **state)
{
	const Scratch *s = *state;
	const UnpackOptions options = {.whiteouts = true};
	const TestEntry entries[] = {
		{.name = ".wh.gone"},
		{.name = "sub/.wh.gone"},
		{.name = "opaque/.wh..wh..opq"},
		{.name = "opaque/kept", .content = "kept"},
		{.name = ".wh..wh.plnk", .type = '5'},
		{.name = ".wh..wh.plnk/1.2", .content = "aufs"},
		{.name = ".wh.replaced"},
		{.name = "replaced", .type = '5'},
		{.name = "implied/.wh.d"},
		{.name = "implied/d/file", .content = "new"},
		{.name = "both", .type = '5'},
		{.name = ".wh.both"},
		{.name = "file", .content = "stays"},
		{.name = ".wh.file"},
		{0},
	};
	const TestEntry nothing[] = {{.name = "a/.wh."}, {0}};
	const TestEntry up[] = {{.name = "a/.wh..."}, {0}};
	const TestEntry below[] = {
		{.name = ".wh.w"}, {.name = "w/x", .type = '1', .link = "w"}, {0}};

	test_need_root();
	assert_int_equal(unpack(s->fd, entries, options, NULL), 0);
	assert_true(is_whiteout(s, "gone"));
	assert_true(is_whiteout(s, "sub/gone"));
	assert_true(is_opaque(s, "opaque"));
	assert_false(is_opaque(s, "sub"));
	assert_content(s->fd, "opaque/kept", "kept");
	assert_true(is_missing(s->fd, "opaque/.wh..wh..opq"));
	assert_true(is_missing(s->fd, ".wh..wh.plnk"));
	assert_true(is_opaque(s, "replaced"));
	assert_true(is_opaque(s, "implied/d"));
	assert_content(s->fd, "implied/d/file", "new");
	assert_true(is_opaque(s, "both"));
	assert_content(s->fd, "file", "stays");
	assert_int_equal(unpack(s->fd, nothing, options, NULL), -EINVAL);
	assert_int_equal(unpack(s->fd, up, options, NULL), -EINVAL);
	assert_int_equal(unpack(s->fd, below, options, NULL), -EINVAL);
}

/* What is made above or beside the tree must not leak into owners and modes. */
static void set_group_id_above(void **state)
{
	const Scratch *s = *state;
	const TestEntry entries[] = {
		{.name = "d/f", .content = "x"},
		{.name = "d", .type = '5'},
		{.name = "setid", .content = "x", .mode = 06755, .uid = 7, .gid = 8},
		{0},
	};

	test_need_root();
	assert_int_equal(fchown(s->fd, 0, 1234), 0);
	assert_int_equal(fchmod(s->fd, 02755), 0);
	assert_int_equal(unpack(s->fd, entries, (UnpackOptions){0}, NULL), 0);
	assert_int_equal(status_of(s->fd, "d").st_mode, S_IFDIR | 0755);
	assert_int_equal(status_of(s->fd, "d").st_gid, 0);
	assert_int_equal(status_of(s->fd, "d/f").st_gid, 0);
	assert_int_equal(status_of(s->fd, "setid").st_mode, S_IFREG | 06755);
	assert_int_equal(status_of(s->fd, "setid").st_uid, 7);
	assert_int_equal(status_of(s->fd, "setid").st_gid, 8);
}

#define BOTH(name)                                                                                 \
	{#name, name, set_up, tear_down, NULL},                                                    \
	{                                                                                          \
#name "_in_views", name, set_up_view, tear_down, NULL                              \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(later_entries_win),
		BOTH(parents_are_made),
		BOTH(hostile_entries),
		BOTH(links_stay_text),
		BOTH(limits),
		BOTH(endless_stream),
		BOTH(source_errors_pass_through),
		BOTH(damaged_archives),
		BOTH(empty_archive),
		BOTH(stripping),
		BOTH(whiteouts),
		BOTH(set_group_id_above),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
