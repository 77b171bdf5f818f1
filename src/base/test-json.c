/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void expect_refused(const char *text, size_t len, const char *start)
{
	json_t *value = NULL;
	Error err = ERROR_INIT;

	assert_int_equal(json_parse(text, len, "the document", &value, &err), -EINVAL);
	assert_null(value);
	if (!startswith(err.frames[0].text, start))
		assert_string_equal(err.frames[0].text, start);
}

static void parsed(void **state)
{
	static const char text[] = "{\"a\": [1, \"b\", null]}trailing";
	_cleanup_json_ json_t *value = NULL;

	assert_int_equal(json_parse(text, strlen(text) - 8, "x", &value, NULL), 0);
	assert_string_equal(json_string_value(json_array_get(json_object_get(value, "a"), 1)), "b");
}

static void refused(void **state)
{
	static const char nul[] = "{\"a\": \"\0\"}", nul_escaped[] = "{\"a\\u0000\": 1}";

#define REFUSED(text, start) expect_refused(text, strlen(text), start)
	REFUSED("", "the document: line 1, column 0: ");
	REFUSED("{\n \"a\": 1,\n \"a\": 2}",
		"the document: line 3, column 4: duplicate object key");
	REFUSED("{\"a\": {\"b\": 1, \"b\": 1}}", "the document: line 1, column 18: duplicate");
	REFUSED("{} x", "the document: line 1, column 4: end of file expected");
	REFUSED("{}{}", "the document: line 1, column 3: end of file expected");
	REFUSED("{\"a\": 1,}", "the document: line 1, column 9: ");
	REFUSED("[1, 2", "the document: line 1, column 5: ");
	REFUSED("{'a': 1}", "the document: line 1, column 2: ");
	REFUSED("[\"\xff\"]", "the document: line 1, column 2: unable to decode byte 0xff");
	REFUSED("[1e999]", "the document: line 1, column 6: real number overflow");
	expect_refused(nul, sizeof nul - 1, "the document: line 1, column 7: ");
	expect_refused(nul_escaped, sizeof nul_escaped - 1, "the document: line 1, column 10: ");
}

static void too_deep(void **state)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(1 << 20);

	for (int i = 0; i < 100000; i++)
		strbuf_putc(&text, '[');
	expect_refused(text.text, text.len, "the document: line 1, column 2049: ");
}

static size_t allocations_left;

static void *limited_malloc(size_t size)
{
	return allocations_left > 0 ? allocations_left--, malloc(size) : NULL;
}

/* Whatever piece of memory is the one that is missing, nothing leaks. */
static void out_of_memory(void **state)
{
	static const char text[] = "{\"name\": [\"a string\", 1, 2.5, {}], \"other\": true}";
	size_t n = 0;
	int r;

	json_set_alloc_funcs(limited_malloc, free);
	do {
		_cleanup_json_ json_t *value = NULL;
		allocations_left = n++;
		r = json_parse(text, strlen(text), "x", &value, NULL);
		assert_true(r == 0 ? value != NULL : r == -EINVAL && !value);
	} while (r < 0 && n < 1000);
	json_set_alloc_funcs(malloc, free);
	assert_int_equal(r, 0);
	assert_true(n > 5);
}

static void expect_printed(const char *text, bool pretty, const char *want)
{
	_cleanup_json_ json_t *value = NULL;
	_cleanup_free_ char *printed = NULL;

	assert_int_equal(json_parse(text, strlen(text), "x", &value, NULL), 0);
	assert_int_equal(json_print(value, pretty, &printed), 0);
	assert_string_equal(printed, want);
}

static void printed_on_one_line(void **state)
{
	expect_printed(" { \"b\" : 1, \"a\": [ true, null, -5 ] } ", false,
		"{\"b\":1,\"a\":[true,null,-5]}");
	expect_printed("[]", false, "[]");
	expect_printed("[\"<a href='x'>&amp;</a>\"]", false,
		"[\"\\u003ca href='x'\\u003e\\u0026amp;\\u003c/a\\u003e\"]");
	expect_printed("{\"<\": \"\"}", false, "{\"\\u003c\":\"\"}");
	expect_printed("[\"\\\"\\\\\\n\\t\\u00e4/\"]", false, "[\"\\\"\\\\\\n\\t\xc3\xa4/\"]");
}

static void printed_with_tabs(void **state)
{
	expect_printed("{\"a\":{\"b\":[1,{\"c\":\"  <\\n  x\"}]},\"d\":[],\"e\":{}}", true,
		"{\n"
		"\t\"a\": {\n"
		"\t\t\"b\": [\n"
		"\t\t\t1,\n"
		"\t\t\t{\n"
		"\t\t\t\t\"c\": \"  \\u003c\\n  x\"\n"
		"\t\t\t}\n"
		"\t\t]\n"
		"\t},\n"
		"\t\"d\": [],\n"
		"\t\"e\": {}\n"
		"}");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(parsed),
		cmocka_unit_test(refused),
		cmocka_unit_test(too_deep),
		cmocka_unit_test(out_of_memory),
		cmocka_unit_test(printed_on_one_line),
		cmocka_unit_test(printed_with_tabs),
	};

	return cmocka_run_group_tests_name("base/json", tests, NULL, NULL);
}
