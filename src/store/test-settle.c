/* SPDX-License-Identifier: Apache-2.0 */
#include "store/settle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include "base/fd.h"
#include "store/standing.h"
#include "store/test-archive.h"
#include "store/test-import.h"

#define OTHER_BOOT "01234567-89ab-4def-8123-456789abcdef"
#define LAYER_B    "sha256-ffff456789abcdef" HEX16 HEX16 HEX16

/* The second line of the info file path below DATA/cas. Fresh memory. */
static char *boot_line(const Scratch *s, const char *path)
{
	return test_shell("sed -n 2p %s/cas/%s/info", s->path, path);
}

/* As if the machine had gone down and come up again before the thing was on disk. */
static void lose(const Scratch *s, const char *path)
{
	free(test_shell("cd %s/cas/%s; sed -i '2s/=.*/=" OTHER_BOOT "/' info; grep -q " OTHER_BOOT
			" info",
		s->path, path));
}

static void expect_boot(const Scratch *s, const char *path, const char *line)
{
	_cleanup_free_ char *found = boot_line(s, path);

	assert_string_equal(found, line);
}

static void expect_on_disk(const Scratch *s, const char *key, bool on_disk)
{
	_cleanup_image_ Image *image = NULL;

	assert_int_equal(image_load(&s->store, key, &image, NULL), 0);
	assert_int_equal(image->on_disk, on_disk);
}

static void expect_gone(const Scratch *s, const char *path)
{
	free(test_shell("! test -e %s/cas/%s", s->path, path));
}

static void settling(void **state)
{
	static const char on_disk[] = "boot=00000000-0000-0000-0000-000000000000\n";
	_cleanup_free_ char *boot = NULL, *before = NULL, *after = NULL;
	Scratch *s = *state;

	boot = test_shell("echo boot=$(cat /proc/sys/kernel/random/boot_id)");
	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	expect_boot(s, "tree/" LAYER, boot);
	expect_boot(s, "image/" KEY_A, boot);
	expect_on_disk(s, KEY_A, false);
	before = test_shell("find %s | sort", s->path);
	assert_int_equal(store_settle(&s->store, NULL), 0);
	expect_boot(s, "tree/" LAYER, on_disk);
	expect_boot(s, "image/" KEY_A, on_disk);
	expect_on_disk(s, KEY_A, true);
	/* What it writes it writes in place: who removes the store meanwhile is not disturbed. */
	after = test_shell("find %s | sort", s->path);
	assert_string_equal(before, after);
	assert_int_equal(store_settle(&s->store, NULL), 0);
}

/* An image all of whose layers are on disk is so, too, before it is visible. */
static void import_of_what_is_on_disk(void **state)
{
	Scratch *s = *state;

	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	assert_int_equal(store_settle(&s->store, NULL), 0);
	assert_int_equal(import(&s->store, spec_b, NULL), 0);
	expect_on_disk(s, KEY_B, true);
	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	expect_on_disk(s, KEY_A, true);
}

static void lost_images(void **state)
{
	Scratch *s = *state;
	const NameValues any = {0};
	Image *image = NULL, **list = NULL;
	size_t n = 7, broken = 7;
	LayerInfo info;

	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	assert_int_equal(blob_write(&s->store, KEY_A, "blob", 4, NULL), 0);
	lose(s, "tree/" LAYER);
	lose(s, "image/" KEY_A);
	assert_int_equal(image_load(&s->store, KEY_A, &image, NULL), -ENOENT);
	assert_int_equal(store_find_by_name(&s->store, spec_a.name, &any, &image, NULL), -ENOENT);
	assert_int_equal(store_find_remote(&s->store, spec_a.remote, &image, NULL), -ENOENT);
	assert_int_equal(store_layer_info(&s->store, LAYER, &info, NULL), -ENOENT);
	assert_int_equal(image_list(&s->store, &list, &n, &broken, NULL), 0);
	assert_int_equal(n + broken, 0);
	image_list_free(list, n);
	/* That they are not there does not change by waiting for the disk. */
	assert_int_equal(store_settle(&s->store, NULL), 0);
	assert_int_equal(image_load(&s->store, KEY_A, &image, NULL), -ENOENT);
	assert_int_equal(image_import(&s->store,
				 &(ImageImport){.key = KEY_B,
					 .manifest_text = "{}",
					 .manifest_len = 2,
					 .layers = (const char *const[]){LAYER},
					 .n_layers = 1},
				 NULL),
		-ENOENT);
	assert_int_equal(store_drop_lost(&s->store, NULL), 0);
	expect_gone(s, "tree/" LAYER);
	expect_gone(s, "image/" KEY_A);
	expect_gone(s, "blob/" KEY_A);
	free(test_shell("test -z \"$(find %s/cas/ref %s/cas/tmp -type f)\"", s->path, s->path));
	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	expect_on_disk(s, KEY_A, false);
}

/* What is on disk stays when something beside it is lost. */
static void lost_in_part(void **state)
{
	Scratch *s = *state;

	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	assert_int_equal(store_settle(&s->store, NULL), 0);
	assert_int_equal(import(&s->store, spec_b, NULL), 0);
	assert_int_equal(import_layer(&s->store, LAYER_B, "layer", NULL), 0);
	lose(s, "image/" KEY_B);
	lose(s, "tree/" LAYER_B);
	assert_int_equal(store_drop_lost(&s->store, NULL), 0);
	expect_gone(s, "image/" KEY_B);
	expect_gone(s, "tree/" LAYER_B);
	assert_true(layer_exists(&s->store, LAYER));
	expect_on_disk(s, KEY_A, true);
}

/* The forms in which a crash may leave an info file: empty, of zeros, half overwritten, none. */
static void torn_info(void **state)
{
	static const char *const damages[] = {": >info", "truncate -s 0 info; truncate -s 90 info",
		"sed -i '2s/=......../=00000000/' info", "rm info"};
	Scratch *s = *state;

	for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
		Image *image = NULL;

		assert_int_equal(import(&s->store, spec_a, NULL), 0);
		free(test_shell("cd %s/cas/tree/" LAYER "; %s", s->path, damages[i]));
		free(test_shell("cd %s/cas/image/" KEY_A "; %s", s->path, damages[i]));
		assert_int_equal(image_load(&s->store, KEY_A, &image, NULL), -ENOENT);
		assert_int_equal(store_drop_lost(&s->store, NULL), 0);
		expect_gone(s, "tree/" LAYER);
		expect_gone(s, "image/" KEY_A);
	}
}

/* As if the disk had refused the thing just now. */
static void refuse(const Scratch *s, const char *path)
{
	free(test_shell("cd %s/cas/%s; sed -i '2s/=......../=ffffffff/' info", s->path, path));
}

static void expect_aside(const Scratch *s, unsigned n)
{
	free(test_shell(
		"test $(find %s/cas/tmp -path '*/lost-*/rootfs/file' | wc -l) = %u", s->path, n));
}

/* What pods may run from stays whole until the next boot, and is in nobody's way. */
static void refused(void **state)
{
	Scratch *s = *state;
	Image *image = NULL;

	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	refuse(s, "tree/" LAYER);
	refuse(s, "image/" KEY_A);
	assert_false(layer_exists(&s->store, LAYER));
	assert_int_equal(image_load(&s->store, KEY_A, &image, NULL), -ENOENT);
	assert_int_equal(store_drop_lost(&s->store, NULL), 0);
	expect_gone(s, "tree/" LAYER);
	expect_gone(s, "image/" KEY_A);
	expect_aside(s, 1);
	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	expect_on_disk(s, KEY_A, false);
	assert_int_equal(store_drop_lost(&s->store, NULL), 0);
	expect_aside(s, 1);
	free(test_shell("sed -i '2s/=.*/=" OTHER_BOOT "/' %s/cas/tmp/lost-*/info", s->path));
	assert_int_equal(store_drop_lost(&s->store, NULL), 0);
	expect_aside(s, 0);
	free(test_shell("test -z \"$(ls %s/cas/tmp)\"", s->path));
	expect_on_disk(s, KEY_A, false);
}

/* A layer that is lost while others of the image still come is replaced by whoever brings it. */
static void refused_meanwhile(void **state)
{
	Scratch *s = *state;

	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	refuse(s, "tree/" LAYER);
	assert_int_equal(import_layer(&s->store, LAYER, "layer", NULL), 0);
	assert_true(layer_exists(&s->store, LAYER));
	expect_aside(s, 1);
	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	expect_on_disk(s, KEY_A, false);
}

/* A mark that is written in part only is an error of its own, not one of something before. */
static void short_mark(void **state)
{
	_cleanup_close_ int fd = memfd_create("info", MFD_CLOEXEC);
	struct rlimit before, limit;
	int r;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = (struct rlimit){.rlim_cur = 20, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	errno = ENOTTY;
	r = standing_mark(fd, true);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(r, -EIO);
}

/* Stores that were made when everything was synced first have no such line. */
static void without_the_line(void **state)
{
	Scratch *s = *state;
	LayerInfo info = {.bytes = 0};

	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	free(test_shell("sed -i 2d %s/cas/*/*/info", s->path));
	assert_int_equal(store_drop_lost(&s->store, NULL), 0);
	expect_on_disk(s, KEY_A, true);
	assert_int_equal(store_layer_info(&s->store, LAYER, &info, NULL), 0);
	assert_int_equal(info.bytes, 5);
}

/* More than are settled at a time. */
static void many(void **state)
{
	Scratch *s = *state;
	char name[sizeof LAYER];

	assert_int_equal(import(&s->store, spec_a, NULL), 0);
	for (unsigned i = 0; i < 700; i++) {
		(void)snprintf(name, sizeof name, "sha256-%064x", i);
		assert_int_equal(import_layer(&s->store, name, "", NULL), 0);
	}
	assert_int_equal(store_settle(&s->store, NULL), 0);
	free(test_shell("test $(cat %s/cas/*/*/info | grep -c ^boot=00000000-) = 702", s->path));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, import_set_up, import_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(settling),
		TEST(import_of_what_is_on_disk),
		TEST(lost_images),
		TEST(lost_in_part),
		TEST(torn_info),
		TEST(refused),
		TEST(refused_meanwhile),
		TEST(short_mark),
		TEST(without_the_line),
		TEST(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
