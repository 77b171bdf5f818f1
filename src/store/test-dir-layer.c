/* SPDX-License-Identifier: Apache-2.0 */
#include "store/dir-layer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/fd.h"
#include "store/test-archive.h"
#include "store/test-import.h"

#define LOWER  "sha256-0000000000000000" HEX16 HEX16 HEX16
#define MIDDLE "sha256-1111111111111111" HEX16 HEX16 HEX16
#define UPPER  "sha256-2222222222222222" HEX16 HEX16 HEX16

#define DIR(path, bits, owner)                                                                     \
	{                                                                                          \
		.name = (path), .type = '5', .mode = (bits), .uid = (owner), .mtime = 1000         \
	}
#define FILE_AT(path)                                                                              \
	{                                                                                          \
		.name = (path)                                                                     \
	}

/* An UnpackOptions.implicit. */
static int note(void *userdata, const char *path, Error *err)
{
	return layer_import_note_implicit(userdata, path, err);
}

static void make_layer(const Store *s, const char *name, const TestEntry *entries, size_t n)
{
	_cleanup_strbuf_ StrBuf tar = TEST_TAR_INIT;
	_cleanup_layer_import_ LayerImport *l = NULL;
	UnpackResult result;

	for (size_t i = 0; i < n; i++)
		test_tar_add(&tar, &entries[i]);
	test_tar_end(&tar);
	assert_int_equal(layer_import_begin(s, &l, NULL), 0);
	assert_int_equal(
		test_unpack(layer_import_root(l), &tar,
			(UnpackOptions){.whiteouts = true, .implicit = note, .userdata = l},
			&result, NULL),
		0);
	assert_int_equal(layer_import_commit(l, name, 0, NULL), 0);
}

#define MAKE(s, name, ...)                                                                         \
	make_layer(&(s)->store, name, (const TestEntry[]){__VA_ARGS__},                            \
		sizeof(const TestEntry[]){__VA_ARGS__} / sizeof(TestEntry))

/* What the layer for these two or three layers shows: "none", or a line "path mode owner time" for
 * each directory. */
static void expect(const Scratch *s, const char *const *layers, size_t n, const char *expected)
{
	char name[LAYER_CHAIN_NAME];
	_cleanup_free_ char *found = NULL;
	int r = dir_layer_make(&s->store, layers, n, name, NULL);

	assert_in_range(r, 0, 1);
	if (r == 1)
		found = test_shell("cd %s/cas/tree/%s/rootfs; find . -printf '%%P %%m %%U\\n' | "
				   "LC_ALL=C sort",
			s->path, name);
	assert_string_equal(r == 1 ? found : "none", expected);
	/* The second time it is there, or not needed any more than before. */
	assert_int_equal(dir_layer_make(&s->store, layers, n, name, NULL), r);
}

static void as_lower_layers_say(void **state)
{
	const Scratch *s = *state;
	const char *const layers[] = {LOWER, MIDDLE, UPPER};

	test_need_root();
	MAKE(s, LOWER, DIR("srv", 0700, 33), DIR("srv/a", 01777, 44), DIR("srv/b", 0711, 55));
	MAKE(s, MIDDLE, FILE_AT("srv/a/x"), DIR("srv/b", 0750, 66));
	MAKE(s, UPPER, FILE_AT("srv/a/y"), FILE_AT("srv/b/y"), FILE_AT("srv/new/y"));
	/* New directories look as they were made up. */
	expect(s, layers, 3, " 755 0\nsrv 700 33\nsrv/a 1777 44\nsrv/b 750 66\n");
	/* Those of the middle layer are told by itself. */
	expect(s, layers + 1, 2, " 755 0\nsrv 755 0\nsrv/b 750 66\n");
	expect(s, layers, 1, "none");
}

static void none_where_all_are_named(void **state)
{
	const Scratch *s = *state;
	const char *const layers[] = {LOWER, UPPER};

	test_need_root();
	MAKE(s, LOWER, DIR(".", 0755, 0), DIR("srv", 0700, 33));
	MAKE(s, UPPER, DIR("srv", 0711, 44), FILE_AT("srv/y"), FILE_AT("other/y"));
	/* Of the root only the time differs. */
	expect(s, layers, 2, "none");
}

static void the_root(void **state)
{
	const Scratch *s = *state;
	const char *const layers[] = {LOWER, UPPER};

	test_need_root();
	MAKE(s, LOWER, DIR(".", 0555, 7));
	MAKE(s, UPPER, FILE_AT("y"));
	expect(s, layers, 2, " 555 7\n");
}

static void what_is_gone_does_not_count(void **state)
{
	const Scratch *s = *state;
	const char *const layers[] = {LOWER, MIDDLE, UPPER};

	test_need_root();
	MAKE(s, LOWER, DIR("gone", 0700, 33), DIR("file", 0700, 33), DIR("opaque", 0700, 33),
		DIR("opaque/sub", 0700, 33));
	MAKE(s, MIDDLE, FILE_AT(".wh.gone"), FILE_AT("file"), FILE_AT("opaque/.wh..wh..opq"));
	MAKE(s, UPPER, FILE_AT("gone/y"), FILE_AT("opaque/sub/y"));
	/* An opaque directory looks as below; what was in it does not come back. */
	expect(s, layers, 3, " 755 0\nopaque 700 33\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, import_set_up, import_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(as_lower_layers_say),
		TEST(none_where_all_are_named),
		TEST(the_root),
		TEST(what_is_gone_does_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
