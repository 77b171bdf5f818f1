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

/* Extended attributes of archives: a view has what the kernel makes of them when it sets them in a
 * tree, and what it refuses neither has. */

#define ACCESS      "system.posix_acl_access"
#define DEFAULT     "system.posix_acl_default"
#define CAPABILITY  "security.capability"
#define NAME_50     "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
#define NAME_OF_255 "user." NAME_50 NAME_50 NAME_50 NAME_50 NAME_50

typedef struct Case {
	const char *name;
	const char *value; /* in base64 */
	char type;         /* of the file; a regular one when not given */
	int error;
	mode_t mode;  /* that the file gets */
	ssize_t size; /* of the attribute, when it is kept */
} Case;

/* In ACLs u, g, o, m and N, of user 33, are kinds of entries, and the numbers their permissions. */
static const Case cases[] = {
	/* u7 g7 o7 */
	{ACCESS, "AgAAAAEABwD/////BAAHAP////8gAAcA/////w==", .mode = 0777, .size = -ENODATA},
	/* u7 N7 g4 m7 o5 */
	{ACCESS, "AgAAAAEABwD/////AgAHACEAAAAEAAQA/////xAABwD/////IAAFAP////8=", .mode = 0775,
		.size = 44},
	/* u7 N7 N7 g4 m1 o5 */
	{ACCESS, "AgAAAAEABwD/////AgAHACEAAAACAAcAIQAAAAQABAD/////EAABAP////8gAAUA/////w==",
		.mode = 0715, .size = 52},
	/* u7 N7 g4 o5, which lacks the mask */
	{ACCESS, "AgAAAAEABwD/////AgAHACEAAAAEAAQA/////yAABQD/////", .error = -EINVAL},
	/* o7 u7 g7 */
	{ACCESS, "AgAAACAABwD/////AQAHAP////8EAAcA/////w==", .error = -EINVAL},
	/* u7 u7 g7 o7 */
	{ACCESS, "AgAAAAEABwD/////AQAHAP////8EAAcA/////yAABwD/////", .error = -EINVAL},
	/* u7 g7 */
	{ACCESS, "AgAAAAEABwD/////BAAHAP////8=", .error = -EINVAL},
	/* u15 g7 o7 */
	{ACCESS, "AgAAAAEADwD/////BAAHAP////8gAAcA/////w==", .error = -EINVAL},
	/* a kind 99 */
	{ACCESS, "AgAAAGMABwD/////", .error = -EINVAL},
	/* u7 N7 g4 m7 o5, where N has no number */
	{ACCESS, "AgAAAAEABwD/////AgAHAP////8EAAQA/////xAABwD/////IAAFAP////8=", .error = -EINVAL},
	/* a byte too many */
	{ACCESS, "AgAAAAEABwD/////BAAHAP////8gAAcA/////wA=", .error = -EINVAL},
	/* version 3 */
	{ACCESS, "AwAAAAEABwD/////BAAHAP////8gAAcA/////w==", .error = -EINVAL},
	/* no entry */
	{ACCESS, "AgAAAA==", .mode = 0644, .size = -ENODATA},
	/* u7 g7 o7 */
	{DEFAULT, "AgAAAAEABwD/////BAAHAP////8gAAcA/////w==", .type = '5', .mode = 0755,
		.size = 28},
	/* of a file */
	{DEFAULT, "AgAAAAEABwD/////BAAHAP////8gAAcA/////w==", .error = -EACCES},
	/* no entry */
	{DEFAULT, "AgAAAA==", .type = '5', .mode = 0755, .size = -ENODATA},
	/* revision 2 */
	{CAPABILITY, "AQAAAgEAAAAAAAAAAAAAAAAAAAA=", .mode = 0644, .size = 20},
	/* a flag that there is not */
	{CAPABILITY, "AgAAAgEAAAAAAAAAAAAAAAAAAAA=", .error = -EINVAL},
	/* revision 3, of user 1000 */
	{CAPABILITY, "AQAAAwEAAAAAAAAAAAAAAAAAAADoAwAA", .mode = 0644, .size = 24},
	/* of nobody */
	{CAPABILITY, "AQAAAwEAAAAAAAAAAAAAAAAAAAD/////", .error = -EINVAL},
	/* revision 1 */
	{CAPABILITY, "AQAAAQEAAAAAAAAA", .error = -EINVAL},
	/* no value */
	{CAPABILITY, "", .error = -EINVAL},
	/* no name */
	{"user.", "dg==", .error = -EINVAL},
	{NAME_OF_255, "dg==", .mode = 0644, .size = 1},
	{NAME_OF_255 "n", "dg==", .error = -ERANGE},
	/* only files and directories have any */
	{ACCESS, "AgAAAGMABwD/////", .type = '6', .mode = 0644, .size = -ENODATA},
};

/* A pax record begins with its own length. */
static void format_record(char ret[static 1024], const char *key, const char *value)
{
	int len = snprintf(ret, 1024, " %s=%s\n", key, value), whole = len;
	char digits[16];

	while (whole != len + snprintf(digits, sizeof digits, "%d", whole))
		whole = len + (int)strlen(digits);
	(void)snprintf(ret, 1024, "%s %s=%s\n", digits, key, value);
}

/* Unpacks entries up to the one without a name, as a tree or as a view, to a directory, and hands
 * its root to look. */
static void unpack(const TestEntry *entries, bool view,
	void (*look)(int root, int error, const void *wanted), const void *wanted)
{
	_cleanup_strbuf_ StrBuf tar = TEST_TAR_INIT;
	_cleanup_close_ int root = -1;
	char path[64];
	int r;

	test_need_root();
	for (; entries->name; entries++)
		test_tar_add(&tar, entries);
	test_tar_end(&tar);
	root = test_dir_make(path);
	r = view ? test_unpack_view(root, &tar, (UnpackOptions){0}, NULL)
		 : test_unpack(root, &tar, (UnpackOptions){0}, NULL, NULL);
	look(root, r, wanted);
	test_dir_remove(path);
}

static void look_at_attribute(int root, int error, const void *wanted)
{
	const Case *c = wanted;
	_cleanup_close_ int fd = -1;
	ssize_t size = 0;
	struct stat st;

	if (error != c->error)
		fail_msg("%s \"%s\": %d, not %d", c->name, c->value, error, c->error);
	if (error < 0)
		return;
	fd = openat(root, "f", O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	size = fgetxattr(fd, c->name, NULL, 0);
	if ((st.st_mode & 07777) != c->mode || (size < 0 ? -errno : size) != c->size)
		fail_msg("%s \"%s\": mode %o, %zd bytes", c->name, c->value, st.st_mode & 07777,
			size);
	if (c->size < 0)
		assert_int_equal(flistxattr(fd, NULL, 0), 0);
}

static void attributes(bool view)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char key[512], record[1024];
		const TestEntry entries[] = {
			{.name = "pax", .type = 'x', .content = record},
			{.name = "f", .type = cases[i].type},
			{0},
		};

		(void)snprintf(key, sizeof key, "LIBARCHIVE.xattr.%s", cases[i].name);
		format_record(record, key, cases[i].value);
		unpack(entries, view, look_at_attribute, &cases[i]);
	}
}

static void attributes_in_trees(void **state)
{
	attributes(false);
}

static void attributes_in_views(void **state)
{
	attributes(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attributes_in_trees),
		cmocka_unit_test(attributes_in_views),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
