/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <signal.h>
#include <time.h>
#include <cmocka.h>
#include "base/fd.h"
#include "store/test-archive.h"
#include "store/test-import.h"

/* What a lookup has found, as its key. */
static int key_of(Image *image, int r, char ret[static STORE_KEY_LEN + 1])
{
	if (r == 0)
		memcpy(ret, image->key, sizeof image->key);
	image_free(image);
	return r;
}

static int key_by_name(
	const Store *s, const char *name, const NameValues *labels, char *ret, Error *err)
{
	Image *image = NULL;
	int r = store_find_by_name(s, name, labels, &image, err);

	return key_of(image, r, ret);
}

static int key_by_remote(const Store *s, const char *ref, char *ret, Error *err)
{
	Image *image = NULL;
	int r = store_find_remote(s, ref, &image, err);

	return key_of(image, r, ret);
}

static void missing_store_is_empty(void **state)
{
	const Scratch *s = *state;
	_cleanup_store_ Store none = STORE_INIT;
	_cleanup_free_ char *path = NULL;
	char key[STORE_KEY_LEN + 1];
	const NameValues labels = {0};
	Image **list = NULL;
	size_t n = 7;

	assert_true(asprintf(&path, "%s/nowhere", s->path) > 0);
	assert_int_equal(store_open(&none, path, false, NULL), 0);
	assert_int_equal(none.cas_fd, -1);
	assert_int_equal(image_list(&none, &list, &n, NULL, NULL), 0);
	assert_int_equal(n, 0);
	image_list_free(list, n);
	assert_int_equal(key_by_name(&none, "a", &labels, key, NULL), -ENOENT);
	assert_int_equal(key_by_remote(&none, "a", key, NULL), -ENOENT);
	assert_int_equal(store_resolve_key(&none, KEY_A, key, NULL), -ENOENT);
	assert_int_equal(image_remove(&none, KEY_A, NULL), -ENOENT);
	assert_int_equal(store_layer_open(&none, LAYER, NULL), -ENOENT);
}

static void import_and_load(void **state)
{
	Scratch *s = *state;
	_cleanup_image_ Image *i = NULL;
	LayerInfo info = {.bytes = 0};

	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	assert_int_equal(image_load(&s->store, KEY_A, &i, NULL), 0);
	assert_string_equal(i->key, KEY_A);
	assert_int_equal(i->format, IMAGE_OCI);
	assert_int_equal(i->size, 42);
	assert_false(i->latest);
	assert_int_equal(i->n_layers, 1);
	assert_string_equal(i->layers[0], LAYER);
	assert_string_equal(i->manifest->name, "example.com/app");
	assert_int_equal(i->labels.n, 2);
	assert_string_equal(i->labels.items[1].value, "1=%\n");
	assert_true(i->last_used == i->import_time && i->import_time > 0);
	assert_int_equal(store_layer_info(&s->store, LAYER, &info, NULL), 0);
	assert_int_equal(info.bytes, 5);
	free(test_shell("test -z \"$(ls -A %s/cas/tmp)\"", s->path));
}

static void import_again_renews(void **state)
{
	Scratch *s = *state;
	_cleanup_image_ Image *first = NULL, *second = NULL;
	Spec latest = spec_a;

	latest.latest = true;
	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	assert_int_equal(image_load(&s->store, KEY_A, &first, NULL), 0);
	free(test_shell("truncate -s 10 %s/cas/image/%s/manifest", s->path, KEY_A));
	assert_int_equal(import(&s->store, latest, NULL), 0);
	assert_int_equal(image_load(&s->store, KEY_A, &second, NULL), 0);
	assert_true(second->import_time > first->import_time);
	assert_true(second->last_used > first->last_used);
	assert_true(second->latest);
}

static void import_refuses(void **state)
{
	Scratch *s = *state;
	static const char *const layers[] = {LAYER};
	ImageImport i = {.key = KEY_A, .manifest_text = "{}", .manifest_len = 2};
	char key[STORE_KEY_LEN + 1];
	Spec bad = spec_a;

	assert_int_equal(image_import(&s->store, &i, NULL), -EINVAL);
	i.layers = layers;
	i.n_layers = 1;
	assert_int_equal(image_import(&s->store, &i, NULL), -ENOENT);
	bad.key = "sha512-../../../../etc";
	assert_int_equal(import(&s->store, bad, NULL), -EINVAL);
	assert_int_equal(import_layer(&s->store, "../x", "y", NULL), -EINVAL);
	assert_int_equal(blob_write(&s->store, "../x", "y", 1, NULL), -EINVAL);
	assert_int_equal(store_resolve_key(&s->store, KEY_A, key, NULL), -ENOENT);
	free(test_shell(
		"test -z \"$(ls -A %s/cas/image %s/cas/tmp | grep -v :)\"", s->path, s->path));
}

static void keys(void **state)
{
	Scratch *s = *state;
	char key[STORE_KEY_LEN + 1], text[ERROR_TEXT * 2];
	Error err = ERROR_INIT;

	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	assert_int_equal(import(&s->store, spec_b, NULL), 0);
	assert_int_equal(store_resolve_key(&s->store, KEY_A, key, NULL), 0);
	assert_string_equal(key, KEY_A);
	assert_int_equal(store_resolve_key(&s->store, KEY_B "0123", key, NULL), 0);
	assert_string_equal(key, KEY_B);
	assert_int_equal(store_resolve_key(&s->store, "sha512-aab", key, NULL), 0);
	assert_string_equal(key, KEY_B);
	assert_int_equal(store_resolve_key(&s->store, "sha512-aa", key, &err), -ENOTUNIQ);
	assert_string_equal(
		error_message(&err, text, sizeof text), "ambiguous image ID: \"sha512-aa\"");
	assert_int_equal(store_resolve_key(&s->store, "sha512-ff", key, &err), -ENOENT);
	assert_string_equal(error_message(&err, text, sizeof text), "no image IDs found");
	assert_int_equal(store_resolve_key(&s->store, "sha512-a", key, &err), -EINVAL);
	assert_string_equal(error_message(&err, text, sizeof text), "image ID too short");
	assert_int_equal(store_resolve_key(&s->store, "sha256-aabb", key, &err), -EINVAL);
	assert_string_equal(error_message(&err, text, sizeof text), "wrong key prefix");
	assert_true(store_looks_like_key("sha512-a"));
	assert_false(store_looks_like_key("sha512-"));
	assert_false(store_looks_like_key("sha512-a-b"));
	assert_false(store_looks_like_key("example.com/a"));
}

static void names(void **state)
{
	Scratch *s = *state;
	NameValue version = {"version", "1=%\n"}, arch = {"arch", "amd64"};
	const NameValues any = {0}, one = {&version, 1}, other = {&arch, 1};
	char key[STORE_KEY_LEN + 1];
	Spec latest = spec_a;

	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	assert_int_equal(import(&s->store, spec_b, NULL), 0);
	/* The newest, unless one was fetched as the latest. */
	assert_int_equal(key_by_name(&s->store, spec_a.name, &any, key, NULL), 0);
	assert_string_equal(key, KEY_B);
	latest.latest = true;
	assert_int_equal(import(&s->store, latest, NULL), 0);
	assert_int_equal(import(&s->store, spec_b, NULL), 0);
	assert_int_equal(key_by_name(&s->store, spec_a.name, &any, key, NULL), 0);
	assert_string_equal(key, KEY_A);
	assert_int_equal(key_by_name(&s->store, spec_a.name, &one, key, NULL), 0);
	assert_string_equal(key, KEY_A);
	version.value = "2";
	assert_int_equal(key_by_name(&s->store, spec_a.name, &one, key, NULL), 0);
	assert_string_equal(key, KEY_B);
	version.value = "3";
	assert_int_equal(key_by_name(&s->store, spec_a.name, &one, key, NULL), -ENOENT);
	assert_int_equal(key_by_name(&s->store, spec_a.name, &other, key, NULL), -ENOENT);
	assert_int_equal(key_by_name(&s->store, "example.com", &any, key, NULL), -ENOENT);
	assert_int_equal(key_by_name(&s->store, "", &any, key, NULL), -ENAMETOOLONG);
}

static void remotes(void **state)
{
	Scratch *s = *state;
	char key[STORE_KEY_LEN + 1], url[900];
	Spec spec = spec_b;

	memset(url, '/', sizeof url - 1);
	memcpy(url, "https:", 6);
	url[sizeof url - 1] = '\0';
	for (size_t i = 7; i < sizeof url - 1; i++)
		url[i] = (char)('a' + i % 26);
	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	assert_int_equal(key_by_remote(&s->store, "docker://app", key, NULL), 0);
	assert_string_equal(key, KEY_A);
	assert_int_equal(key_by_remote(&s->store, "docker://app:latest", key, NULL), -ENOENT);
	spec.remote = "docker://app";
	assert_int_equal(import(&s->store, spec, NULL), 0);
	assert_int_equal(key_by_remote(&s->store, "docker://app", key, NULL), 0);
	assert_string_equal(key, KEY_B);
	spec.remote = url;
	assert_int_equal(import(&s->store, spec, NULL), 0);
	assert_int_equal(key_by_remote(&s->store, url, key, NULL), 0);
	assert_string_equal(key, KEY_B);
	url[sizeof url - 2] = '!';
	assert_int_equal(key_by_remote(&s->store, url, key, NULL), -ENOENT);
}

static void listing(void **state)
{
	Scratch *s = *state;
	Image **list = NULL;
	size_t n = 0, broken = 0;

	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	assert_int_equal(import(&s->store, spec_b, NULL), 0);
	assert_int_equal(image_list(&s->store, &list, &n, &broken, NULL), 0);
	assert_int_equal(n, 2);
	assert_int_equal(broken, 0);
	image_list_free(list, n);
	free(test_shell("echo junk >>%s/cas/image/%s/info", s->path, KEY_A));
	assert_int_equal(image_list(&s->store, &list, &n, &broken, NULL), 0);
	assert_int_equal(n, 1);
	assert_int_equal(broken, 1);
	assert_string_equal(list[0]->key, KEY_B);
	image_list_free(list, n);
}

static void damaged_info(void **state)
{
	static const char *const edits[] = {"s/version=1/version=2/", "s/=oci/=rpm/",
		"s/layers=1/layers=2/", "s/size=/size=-/", "s/latest=0/latest=yes/", "$d", "1d",
		"s/sha256-0/..\\/..\\/0/", "s/%3D/%00/"};
	Scratch *s = *state;

	for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
		_cleanup_image_ Image *image = NULL;

		assert_int_equal(import(&s->store, spec_a, NULL), 0);
		free(test_shell(
			"cd %s/cas/image/%s; cp info old; sed -i '%s' info; ! cmp -s info old",
			s->path, KEY_A, edits[i]));
		assert_int_equal(image_load(&s->store, KEY_A, &image, NULL), -EBADMSG);
		free(test_shell("rm %s/cas/image/%s/old", s->path, KEY_A));
	}
}

static bool blob_exists(const Store *s, const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof path, "blob/%s", name);
	return faccessat(s->cas_fd, path, F_OK, 0) == 0;
}

static void removing(void **state)
{
	Scratch *s = *state;
	_cleanup_image_ Image *i = NULL;
	const NameValues any = {0};
	char key[STORE_KEY_LEN + 1];

	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	assert_int_equal(import(&s->store, spec_b, NULL), 0);
	assert_int_equal(blob_write(&s->store, KEY_A, "blob", 4, NULL), 0);
	assert_true(blob_exists(&s->store, KEY_A));
	assert_int_equal(image_remove(&s->store, KEY_A, NULL), 0);
	assert_int_equal(image_remove(&s->store, KEY_A, NULL), -ENOENT);
	assert_int_equal(image_load(&s->store, KEY_A, &i, NULL), -ENOENT);
	assert_int_equal(key_by_remote(&s->store, "docker://app", key, NULL), -ENOENT);
	assert_int_equal(key_by_name(&s->store, spec_a.name, &any, key, NULL), 0);
	assert_string_equal(key, KEY_B);
	assert_false(blob_exists(&s->store, KEY_A));
	assert_true(layer_exists(&s->store, LAYER));
	/* One that can no longer be read goes too, with all that points to it. */
	free(test_shell("echo x >%s/cas/image/%s/manifest", s->path, KEY_B));
	assert_int_equal(image_remove(&s->store, KEY_B, NULL), 0);
	free(test_shell(
		"cd %s/cas; test -z \"$(find image ref/name ref/remote blob tmp -mindepth 1)\"",
		s->path));
}

static void touching(void **state)
{
	Scratch *s = *state;
	_cleanup_image_ Image *before = NULL, *after = NULL;

	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	free(test_shell("touch -d @1000 %s/cas/image/%s/lastused", s->path, KEY_A));
	assert_int_equal(image_load(&s->store, KEY_A, &before, NULL), 0);
	assert_int_equal(before->last_used, 1000000000000);
	image_touch(&s->store, KEY_A);
	assert_int_equal(image_load(&s->store, KEY_A, &after, NULL), 0);
	assert_true(after->last_used > before->last_used);
}

static void same_layer_twice(void **state)
{
	Scratch *s = *state;
	_cleanup_layer_import_ LayerImport *slow = NULL;
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int fd = -1;

	assert_int_equal(layer_import_begin(&s->store, &slow, NULL), 0);
	assert_int_equal(import_layer(&s->store, LAYER, "theirs", NULL), 0);
	assert_int_equal(layer_import_commit(slow, LAYER, 0, NULL), 0);
	fd = store_layer_open(&s->store, LAYER, NULL);
	assert_int_equal(fd_read_file(fd, "file", 100, &text, NULL, NULL), 0);
	assert_string_equal(text, "theirs");
}

/* What a killed importer leaves goes with the next import; what a living one works on stays. */
static void leftovers(void **state)
{
	Scratch *s = *state;
	_cleanup_layer_import_ LayerImport *alive = NULL, *next = NULL;
	int status;
	pid_t pid;

	assert_int_equal(layer_import_begin(&s->store, &alive, NULL), 0);
	pid = fork();
	if (pid == 0) {
		LayerImport *dying = NULL;

		(void)layer_import_begin(&s->store, &dying, NULL);
		(void)raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	free(test_shell("test $(ls %s/cas/tmp | wc -l) = 2", s->path));
	assert_int_equal(layer_import_begin(&s->store, &next, NULL), 0);
	free(test_shell("test $(ls %s/cas/tmp | wc -l) = 2", s->path));
	assert_int_equal(fd_write_file(layer_import_root(alive), "file", 0644, "x", 1, NULL), 0);
	assert_int_equal(layer_import_commit(alive, LAYER, 1, NULL), 0);
}

/* Everything that is visible must be whole. */
static void check_store(const Scratch *s)
{
	_cleanup_store_ Store store = STORE_INIT;
	char key[STORE_KEY_LEN + 1];
	const NameValues any = {0};
	Image **list = NULL;
	size_t n = 0, broken = 0;

	assert_int_equal(store_open(&store, s->path, false, NULL), 0);
	assert_int_equal(image_list(&store, &list, &n, &broken, NULL), 0);
	assert_int_equal(broken, 0);
	for (size_t i = 0; i < n; i++) {
		_cleanup_close_ int fd = store_layer_open(&store, list[i]->layers[0], NULL);
		_cleanup_free_ char *text = NULL;

		assert_true(fd >= 0);
		assert_int_equal(fd_read_file(fd, "file", 100, &text, NULL, NULL), 0);
		assert_string_equal(text, "layer");
		/* Visible by ID means visible by name. */
		assert_int_equal(key_by_name(&store, list[i]->manifest->name, &any, key, NULL), 0);
	}
	if (key_by_remote(&store, "docker://app", key, NULL) == 0)
		assert_string_equal(key, KEY_A);
	image_list_free(list, n);
}

static void import_and_remove_forever(const Scratch *s)
{
	_cleanup_store_ Store store = STORE_INIT;

	if (store_open(&store, s->path, true, NULL) < 0)
		_exit(1);
	for (;;)
		if (import(&store, spec_a, NULL) < 0 || image_remove(&store, KEY_A, NULL) < 0)
			_exit(1);
}

#define KILLS 60

static void killed_at_any_point(void **state)
{
	Scratch *s = *state;

	srand(42);
	for (unsigned i = 0; i < KILLS; i++) {
		const struct timespec delay = {0, rand() % 20000000};
		pid_t pid = fork();
		int status;

		if (pid == 0)
			import_and_remove_forever(s);
		(void)nanosleep(&delay, NULL);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		check_store(s);
		if (i % 4 == 0)
			free(test_shell("cd %s/cas; rm -rf image/sha512-* tree/sha256-*", s->path));
	}
	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	check_store(s);
	assert_int_equal(image_remove(&s->store, KEY_A, NULL), 0);
	free(test_shell("cd %s/cas; test -z \"$(find image ref/name ref/remote tmp -mindepth 1)\"",
		s->path));
}

static void blobs(void **state)
{
	Scratch *s = *state;
	_cleanup_free_ char *data = NULL;
	size_t len;

	assert_int_equal(blob_write(&s->store, LAYER, "bytes", 5, NULL), 0);
	assert_int_equal(blob_write(&s->store, LAYER, "bytes", 5, NULL), 0);
	assert_int_equal(fd_read_file(s->store.cas_fd, "blob/" LAYER, 100, &data, &len, NULL), 0);
	assert_int_equal(len, 5);
	assert_string_equal(data, "bytes");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, import_set_up, import_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(missing_store_is_empty),
		TEST(import_and_load),
		TEST(import_again_renews),
		TEST(import_refuses),
		TEST(keys),
		TEST(names),
		TEST(remotes),
		TEST(listing),
		TEST(damaged_info),
		TEST(removing),
		TEST(touching),
		TEST(same_layer_twice),
		TEST(leftovers),
		TEST(killed_at_any_point),
		TEST(blobs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
