/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/keystore.h"

#include <fcntl.h>
#include <sys/stat.h>
#include "base/directory.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/test-scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccc"
#define D "dddddddddddddddddddddddddddddddddddddddd"

static char *system_dir, *local_dir;

/* Each test has directories of its own, which are not there yet. */
static Keystore fresh(const char *name)
{
	free(system_dir);
	free(local_dir);
	assert_int_equal(str_format(&system_dir, "%s/%s/lib", scratch_path, name), 0);
	assert_int_equal(str_format(&local_dir, "%s/%s/etc", scratch_path, name), 0);
	return (Keystore){.system_config = system_dir, .local_config = local_dir};
}

/* path: behind trustedkeys/. */
static void put(const char *config, const char *path, const char *text)
{
	_cleanup_free_ char *file = NULL, *dir = NULL;

	assert_int_equal(
		str_format(&file, "%s/trustedkeys/%s", config + strlen(scratch_path) + 1, path), 0);
	assert_int_equal(str_format(&dir, "%.*s", (int)(path_base(file) - file - 1), file), 0);
	assert_int_equal(path_mkdir_parents(scratch_fd, dir, 0755), 0);
	scratch_write(file, text);
}

/* The first letters of the keys that count, in their alphabet. */
static void expect_keys(const Keystore *store, const char *name, const char *expected)
{
	_cleanup_keyring_ Keyring keys = {0};
	char found[32] = "";
	size_t n = 0;

	assert_int_equal(keyring_load(store, name, &keys, NULL), 0);
	for (char letter = 'a'; letter <= 'd'; letter++)
		for (size_t i = 0; i < keys.n; i++)
			if (path_base(keys.paths[i])[0] == letter)
				found[n++] = letter;
	assert_int_equal(n, keys.n);
	assert_string_equal(found, expected);
}

static void nothing_is_there(void **state)
{
	Keystore store = fresh("nothing");

	expect_keys(&store, "example.com/app", "");
}

static void prefixes_are_whole_components(void **state)
{
	Keystore store = fresh("prefixes");

	put(local_dir, "prefix.d/example.com/" A, "key");
	put(local_dir, "prefix.d/example.com/app/" B, "key");
	put(system_dir, "prefix.d/example.com/app/worker/" C, "key");
	put(system_dir, "root.d/" D, "key");
	expect_keys(&store, "example.com", "ad");
	expect_keys(&store, "example.com/app", "abd");
	expect_keys(&store, "example.com/app/worker", "abcd");
	expect_keys(&store, "example.com/application", "ad");
	expect_keys(&store, "example.com/ap", "ad");
	expect_keys(&store, "example.community/app", "d");
	expect_keys(&store, "example", "d");
}

/* Names come from images. */
static void names_lead_nowhere_else(void **state)
{
	static const char *const names[] = {
		"", "a/../b", "../a", "a/..", "a//b", "/a", "a/", "a/./b"};
	Keystore store = fresh("names-elsewhere");

	put(local_dir, "prefix.d/a/" A, "key");
	put(local_dir, "elsewhere/" B, "key");
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		_cleanup_keyring_ Keyring keys = {0};

		assert_false(keystore_prefix_valid(names[i]));
		assert_int_equal(keyring_load(&store, names[i], &keys, NULL), -EINVAL);
	}
	expect_keys(&store, "a/..b", "a");
	expect_keys(&store, "a/...", "a");
	expect_keys(&store, "a/b..c", "a");
}

static void the_same_key_counts_once(void **state)
{
	Keystore store = fresh("once");

	put(system_dir, "root.d/" A, "key");
	put(local_dir, "root.d/" A, "key");
	put(local_dir, "prefix.d/example.com/" A, "key");
	expect_keys(&store, "example.com/app", "a");
}

/* Later in the order: the vendor's root, ours, the vendor's prefixes, ours. */
static void an_empty_file_takes_a_key_back(void **state)
{
	Keystore store = fresh("mask");

	put(system_dir, "root.d/" A, "key");
	put(system_dir, "root.d/" B, "key");
	put(system_dir, "prefix.d/example.com/" C, "key");
	put(local_dir, "root.d/" A, "");
	put(local_dir, "prefix.d/example.com/app/" B, "");
	put(local_dir, "root.d/" C, "");
	expect_keys(&store, "example.org", "b");
	expect_keys(&store, "example.com", "bc");
	expect_keys(&store, "example.com/app", "c");
}

/* Also the decision against a key is one. */
static void what_is_decided(void **state)
{
	Keystore store = fresh("decided");

	put(local_dir, "root.d/" A, "key");
	put(local_dir, "prefix.d/example.org/README", "");
	assert_int_equal(keystore_knows(&store, "example.com/app", NULL), 0);
	assert_int_equal(keystore_knows(&store, "example.org/app", NULL), 0);
	put(system_dir, "prefix.d/example.com/" B, "key");
	assert_int_equal(keystore_knows(&store, "example.com/app", NULL), 1);
	put(local_dir, "prefix.d/example.com/" B, "");
	assert_int_equal(keystore_knows(&store, "example.com/app", NULL), 1);
	assert_int_equal(keystore_knows(&store, "example.community", NULL), 0);
	put(local_dir, "prefix.d/example.org/app/" C, "");
	assert_int_equal(keystore_knows(&store, "example.org/app", NULL), 1);
	assert_int_equal(keystore_knows(&store, "example.org", NULL), 0);
	assert_int_equal(keystore_knows(&store, "a/../b", NULL), -EINVAL);
}

static void names_are_fingerprints(void **state)
{
	_cleanup_keyring_ Keyring keys = {0};
	Keystore store = fresh("names");
	Error err = ERROR_INIT;

	/* Neither what a crash has left, nor what says nothing, nor a directory. */
	put(local_dir, "root.d/.tmp-0123456789abcdef", "half a k");
	put(local_dir, "root.d/README", "");
	put(local_dir, "prefix.d/example.com/app/" A, "key");
	expect_keys(&store, "example.com", "");
	put(local_dir, "prefix.d/example.com/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "key");
	assert_int_equal(keyring_load(&store, "example.com", &keys, &err), -EINVAL);
	assert_non_null(strstr(err.frames[0].text, "fingerprint mismatch"));
	assert_non_null(strstr(err.frames[0].text, "AAAAAAAA"));
	assert_int_equal(keys.n, 0);
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void expect_stored(const Keystore *store, const char *prefix, const char *expected)
{
	_cleanup_free_ char *path = NULL, *whole = NULL;

	assert_int_equal(keystore_add(store, prefix, A, "text", 4, &path, NULL), 0);
	assert_int_equal(str_format(&whole, "%s/trustedkeys/%s", local_dir, expected), 0);
	assert_string_equal(path, whole);
	assert_int_equal(mode_of(path), 0644);
	scratch_expect(path + strlen(scratch_path) + 1, "text");
	path[path_base(path) - path - 1] = '\0';
	assert_int_equal(mode_of(path), 0755);
}

static void keys_are_stored(void **state)
{
	Keystore store = fresh("stored");
	mode_t before = umask(077);

	expect_stored(&store, NULL, "root.d/" A);
	expect_stored(&store, "example.com/app", "prefix.d/example.com/app/" A);
	/* Over what is there, and for the empty file that masked it. */
	put(local_dir, "root.d/" A, "");
	expect_stored(&store, NULL, "root.d/" A);
	assert_int_equal(umask(before), 077);
	expect_keys(&store, "example.com/app", "a");
}

static void a_directory_hands_its_group_on(void **state)
{
	_cleanup_free_ char *path = NULL;
	Keystore store = fresh("group");

	assert_int_equal(path_mkdir_parents(AT_FDCWD, local_dir, 0755), 0);
	assert_int_equal(chown(local_dir, (uid_t)-1, getegid()), 0);
	assert_int_equal(chmod(local_dir, 02775), 0);
	assert_int_equal(keystore_add(&store, "a/b", A, "text", 4, &path, NULL), 0);
	path[path_base(path) - path - 1] = '\0';
	assert_int_equal(mode_of(path), 02755);
}

static void a_key_that_cannot_be_stored(void **state)
{
	_cleanup_free_ char *path = NULL;
	Keystore store = fresh("refused");
	Error err = ERROR_INIT;

	put(local_dir, "prefix.d/file", "");
	assert_int_equal(keystore_add(&store, "file", A, "text", 4, &path, &err), -ENOTDIR);
	assert_null(path);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_there),
		cmocka_unit_test(prefixes_are_whole_components),
		cmocka_unit_test(names_lead_nowhere_else),
		cmocka_unit_test(the_same_key_counts_once),
		cmocka_unit_test(an_empty_file_takes_a_key_back),
		cmocka_unit_test(what_is_decided),
		cmocka_unit_test(names_are_fingerprints),
		cmocka_unit_test(keys_are_stored),
		cmocka_unit_test(a_directory_hands_its_group_on),
		cmocka_unit_test(a_key_that_cannot_be_stored),
	};
	int r = cmocka_run_group_tests_name("trust/keystore", tests, scratch_make, scratch_remove);

	free(system_dir);
	free(local_dir);
	return r;
}
