/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/discovery.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "fetch/meta-tag.h"

/* The tags of a page as "name prefix value|..." */
static const char *tags_of(const char *html)
{
	static char text[1024];
	_cleanup_(arena_done) Arena arena = {0};
	MetaTags tags;
	size_t n = 0;

	text[0] = '\0';
	assert_int_equal(meta_tags_parse(html, strlen(html), &arena, &tags), 0);
	for (size_t i = 0; i < tags.n; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s %s %s|", tags.items[i].name,
			tags.items[i].prefix, tags.items[i].value);
	return text;
}

static void tags_in_all_spellings(void **state)
{
	assert_string_equal(
		tags_of("<meta name=\"ac-discovery\" content=\"a.com/b https://x/{name}\">"),
		"ac-discovery a.com/b https://x/{name}|");
	assert_string_equal(
		tags_of("<META CONTENT = 'a.com\n\t b' id=x NAME=ac-discovery-pubkeys/>"),
		"ac-discovery-pubkeys/ a.com b|");
	assert_string_equal(
		tags_of("<META CONTENT = 'a.com\n\t b' id=x NAME=ac-discovery-pubkeys />"),
		"ac-discovery-pubkeys a.com b|");
	assert_string_equal(
		tags_of("<meta name='ac-x' content='a b'/><meta name='ac-y' content='c d'>"),
		"ac-x a b|ac-y c d|");
	assert_string_equal(
		tags_of("<meta name=ac-x content='a https://x?a=1&amp;b=&#50;&#x33;&co'>"),
		"ac-x a https://x?a=1&b=23&co|");
	assert_string_equal(
		tags_of("<meta name=ac-x content='a b' name=other content=other>"), "ac-x a b|");
}

static void what_is_no_tag(void **state)
{
	static const char *const pages[] = {
		"",
		"<",
		"<meta",
		"<meta name=ac-x content=",
		"<!-- <meta name=ac-x content='a b'> -->",
		"<script>var s = \"<meta name=ac-x content='a b'>\"</script>",
		"<title><meta name=ac-x content='a b'></title>",
		"<metadata name=ac-x content='a b'>",
		"<meta name=other content='a b'>",
		"<meta name=ac-x content='a'>",
		"<meta name=ac-x content='a b c'>",
		"<meta content='a b'>",
		"< meta name=ac-x content='a b'>",
		"<a title=\"<meta name=ac-x content='a b'>\">",
	};

	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		assert_string_equal(tags_of(pages[i]), "");
}

static void behind_what_is_no_tag(void **state)
{
	assert_string_equal(tags_of("<!-- > --><script>1 < 2</script><p a=b>x < y<meta name=ac-x "
				    "content='a b'>"),
		"ac-x a b|");
}

static void templates(void **state)
{
	NameValue pairs[] = {{"version", "1.0"}, {"os", "linux"}, {"channel", "beta"}};
	const NameValues labels = {pairs, ARRAY_LEN(pairs)}, none = {NULL, 0};
	static const struct {
		const char *text, *rendered; /* with labels; NULL: something is left over */
	} cases[] = {
		{"https://x/{os}/{name}-{version}.{ext}", "https://x/linux/a.com/b-1.0.aci"},
		{"{channel}{channel}", "betabeta"},
		{"plain", "plain"},
		{"{arch}", NULL},
		{"{name", NULL},
		{"{}", NULL},
	};
	_cleanup_(arena_done) Arena arena = {0};
	const char *rendered;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(discovery_render(cases[i].text, "a.com/b", &labels, "aci", &arena,
					 &rendered),
			0);
		if (cases[i].rendered)
			assert_string_equal(rendered, cases[i].rendered);
		else
			assert_null(rendered);
	}
	assert_int_equal(
		discovery_render("{version}", "a.com/b", &none, "aci", &arena, &rendered), 0);
	assert_string_equal(rendered, "latest");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tags_in_all_spellings),
		cmocka_unit_test(what_is_no_tag),
		cmocka_unit_test(behind_what_is_no_tag),
		cmocka_unit_test(templates),
	};

	return cmocka_run_group_tests_name("fetch/discovery", tests, NULL, NULL);
}
