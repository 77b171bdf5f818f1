/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/image-args.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "cli/run-options.h"

typedef struct Fixture {
	Arena arena;
	RunOptions options;
	AppArgs *apps;
	size_t n;
	Error err;
} Fixture;

static void fixture_done(Fixture *f)
{
	arena_done(&f->arena);
}

#define _fixture_  __attribute__((cleanup(fixture_done)))
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static int parse(Fixture *f, const char *const *words)
{
	Args args = {.words = words, .arena = &f->arena};

	while (words[args.n])
		args.n++;
	options_init(run_option_sets, &f->options);
	args.targets[0] = (OptionTarget){.sets = app_option_sets};
	args.targets[1] = (OptionTarget){.sets = run_option_sets, .base = &f->options};
	return image_args_parse(&args, &f->apps, &f->n, &f->err);
}

static void expect_error(const char *const *words, const char *text)
{
	_fixture_ Fixture f = {0};

	assert_int_equal(parse(&f, words), -EINVAL);
	assert_string_equal(f.err.frames[0].text, text);
}

static void test_images(void **state)
{
	_fixture_ Fixture f = {0};

	assert_int_equal(parse(&f, WORDS("a", "", "b")), 0);
	assert_int_equal(f.n, 2);
	assert_string_equal(f.apps[0].image, "a");
	assert_string_equal(f.apps[1].image, "b");
	assert_int_equal(f.apps[0].read_only_rootfs, -1);
	assert_null(f.apps[0].args.items);
}

static void test_unknown_option_hint(void **state)
{
	_fixture_ Fixture before = {0};
	_fixture_ Fixture behind = {0};

	assert_int_equal(parse(&before, WORDS("-c", "image")), -EINVAL);
	assert_string_equal(before.err.hint, "");
	assert_int_equal(parse(&behind, WORDS("image", "-c", "echo")), -EINVAL);
	assert_string_equal(behind.err.frames[0].text, "unknown shorthand flag: 'c' in -c");
	assert_string_equal(behind.err.hint, "arguments of an app stand behind \"--\"");
}

/* Short options that other engines have. */
static void test_short_option_hint(void **state)
{
	static const char *const hints[][2] = {{"-v", "say --volume"}, {"-e", "say --set-env"},
		{"-p", "say --port"}, {"-i", "say --interactive"}, {"-t", "say --interactive"},
		{"-it", ""}};

	for (size_t i = 0; i < ARRAY_LEN(hints); i++) {
		_fixture_ Fixture f = {0};

		assert_int_equal(parse(&f, WORDS(hints[i][0], "image")), -EINVAL);
		assert_string_equal(f.err.hint, hints[i][1]);
	}
}

static void test_no_images(void **state)
{
	_fixture_ Fixture f = {0};

	assert_int_equal(parse(&f, WORDS("--net=host", "---")), 0);
	assert_int_equal(f.n, 0);
}

static void test_app_options_follow_their_image(void **state)
{
	_fixture_ Fixture f = {0};

	assert_int_equal(
		parse(&f, WORDS("a", "--exec=/bin/a", "--memory", "64M", "b", "--exec=/bin/b",
				  "--readonly-rootfs=true", "--cap-retain=CAP_CHOWN")),
		0);
	assert_string_equal(f.apps[0].exec, "/bin/a");
	assert_string_equal(f.apps[0].memory, "64M");
	assert_int_equal(f.apps[0].read_only_rootfs, -1);
	assert_string_equal(f.apps[1].exec, "/bin/b");
	assert_null(f.apps[1].memory);
	assert_int_equal(f.apps[1].read_only_rootfs, 1);
	assert_string_equal(f.apps[1].caps_retain, "CAP_CHOWN");
}

/* Schedulers write pod options behind the image, too. */
static void test_pod_options_anywhere(void **state)
{
	_fixture_ Fixture f = {0};

	assert_int_equal(parse(&f, WORDS("--no-overlay=true", "a", "--port=x:80", "--inherit-env",
					   "--port", "y:81")),
		0);
	assert_true(f.options.no_overlay);
	assert_true(f.options.pod.inherit_env);
	assert_int_equal(f.options.pod.ports.n, 2);
}

static void test_mount_before_and_behind(void **state)
{
	_fixture_ Fixture f = {0};

	assert_int_equal(parse(&f, WORDS("--mount=volume=v,target=/all", "a",
					   "--mount=volume=v,target=/a", "b")),
		0);
	assert_int_equal(f.options.pod.mounts.n, 1);
	assert_string_equal(f.options.pod.mounts.items[0], "volume=v,target=/all");
	assert_int_equal(f.apps[0].mounts.n, 1);
	assert_int_equal(f.apps[1].mounts.n, 0);
}

static void test_arguments(void **state)
{
	_fixture_ Fixture f = {0};

	assert_int_equal(parse(&f, WORDS("a", "--", "-v", "--exec=x", "--", "", "---", "b",
					   "--user=1", "--", "z")),
		0);
	assert_int_equal(f.n, 2);
	assert_int_equal(f.apps[0].args.n, 4);
	assert_string_equal(f.apps[0].args.items[0], "-v");
	assert_string_equal(f.apps[0].args.items[1], "--exec=x");
	assert_string_equal(f.apps[0].args.items[2], "--");
	assert_string_equal(f.apps[0].args.items[3], "");
	assert_null(f.apps[0].exec);
	assert_string_equal(f.apps[1].user, "1");
	assert_int_equal(f.apps[1].args.n, 1);
}

static void test_errors(void **state)
{
	expect_error(WORDS("--", "x"), "an image is required before any app arguments");
	expect_error(WORDS("a", "--", "x", "---", "--", "y"),
		"only one set of app arguments allowed per image");
	expect_error(WORDS("a", "--", "---", "--", "y"),
		"only one set of app arguments allowed per image");
	expect_error(WORDS("--exec=/x", "a"), "--exec must follow an image");
	expect_error(
		WORDS("--readonly-rootfs=true", "a"), "--readonly-rootfs must follow an image");
	expect_error(WORDS("a", "--exec=1", "--exec=2"), "--exec already used");
	expect_error(WORDS("a", "--signature=1", "--signature=2"), "--signature already used");
	expect_error(
		WORDS("--stage1-path=1", "--stage1-path=2", "a"), "--stage1-path already used");
	expect_error(WORDS("a", "--bogus"), "unknown flag: --bogus");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_images),
		cmocka_unit_test(test_no_images),
		cmocka_unit_test(test_unknown_option_hint),
		cmocka_unit_test(test_short_option_hint),
		cmocka_unit_test(test_app_options_follow_their_image),
		cmocka_unit_test(test_pod_options_anywhere),
		cmocka_unit_test(test_mount_before_and_behind),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
