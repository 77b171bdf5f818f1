/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/image-tag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void test_matches(void **state)
{
	static const struct {
		const char *tag, *typed;
		bool same;
	} rows[] = {
		{"v1", "v1", true},
		{"app:v1", "v1", true},
		{"team/app:v1", "team/app:v1", true},
		{"docker.io/team/app:v1", "team/app:v1", true},
		{"docker.io/library/app:v1", "app:v1", true},
		{"team/app:v1", "docker.io/team/app:v1", true},
		{"app:latest", "app", true},
		{"app:v1", "docker.io/library/app:v1", true},
		{"app:v10", "v1", false},
		{"app:rc-v1", "v1", false},
		{"team/app:v1", "other/app:v1", false},
		{"host.example/app:v1", "docker.io/library/app:v1", false},
		{"app:v1", "app", false},
		{"app:", "", false},
		{"v1", "", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (image_tag_matches(rows[i].tag, rows[i].typed) != rows[i].same)
			fail_msg("\"%s\" and \"%s\"", rows[i].tag, rows[i].typed);
}

static void test_hint(void **state)
{
	_cleanup_image_tags_ ImageTags tags = IMAGE_TAGS_INIT;
	Error err = ERROR_INIT;

	image_tags_hint(&tags, &err);
	assert_string_equal(err.hint, "");
	image_tags_add(&tags, "a:1");
	image_tags_add(&tags, "b:2");
	image_tags_hint(&tags, &err);
	assert_string_equal(err.hint, "the tags are a:1, b:2");
}

/* However many there are and whatever they are, the hint is short and text. */
static void test_hint_is_bounded(void **state)
{
	_cleanup_image_tags_ ImageTags tags = IMAGE_TAGS_INIT;
	Error err = ERROR_INIT;
	char large[600];

	memset(large, 'x', sizeof large - 1);
	large[sizeof large - 1] = '\0';
	image_tags_add(&tags, large);
	image_tags_add(&tags, "esc\033[2J");
	for (int i = 0; i < 100; i++)
		image_tags_add(&tags, "t");
	image_tags_hint(&tags, &err);
	assert_string_equal(err.hint, "the tags are t, t, t, t, t, t, t, t, t, t, and 92 more");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_matches),
		cmocka_unit_test(test_hint),
		cmocka_unit_test(test_hint_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
