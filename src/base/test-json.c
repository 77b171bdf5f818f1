/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/resource.h>
#include <cmocka.h>

/* A text whose length counts, since NUL bytes may be in it. */
#define TEXT(s) s, sizeof(s) - 1

static void reading(void **state)
{
	static const char text[] =
		"{\"a\": [1, \"b\", null], \"\": {\"t\": true}, \"r\": 2.5}trailing";
	_cleanup_(arena_done) Arena arena = {0};
	const Json *items[4], *a;
	Json *value;
	size_t n = 0;

	assert_int_equal(json_parse(&arena, text, strlen(text) - 8, "x", &value, NULL), 0);
	assert_int_equal(json_count_members(value), 3);
	a = json_get(value, "a");
	assert_ptr_equal(a, json_first_member(value));
	assert_null(json_first(value));
	assert_int_equal(json_count(value), 0);
	assert_null(json_first_member(a));
	assert_int_equal(json_count_members(a), 0);
	assert_int_equal(json_count(a), 3);
	for (const Json *item = json_first(a); item && n < ARRAY_LEN(items); item = item->next)
		items[n++] = item;
	assert_int_equal(n, 3);
	assert_int_equal(json_integer(items[0]), 1);
	assert_string_equal(json_text(items[1]), "b");
	assert_true(json_is(items[2], JSON_NULL));
	assert_true(json_is(json_get(json_get(value, ""), "t"), JSON_TRUE));
	assert_true(json_is_bool(json_get(json_get(value, ""), "t")));
	assert_true(json_get(value, "r")->real == 2.5);
}

/* Whatever stands where, asking is allowed. */
static void reading_what_is_not_there(void **state)
{
	_cleanup_(arena_done) Arena arena = {0};
	const Json *const values[] = {
		NULL, json_new(&arena, JSON_NULL), json_new_bool(&arena, true)};

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		assert_null(json_get(values[i], "a"));
		assert_null(json_text(values[i]));
		assert_int_equal(json_integer(values[i]), 0);
		assert_int_equal(json_count(values[i]), 0);
		assert_null(json_first(values[i]));
		assert_int_equal(json_count_members(values[i]), 0);
		assert_null(json_first_member(values[i]));
		assert_false(json_is(values[i], JSON_OBJECT));
	}
	assert_false(json_is_bool(NULL));
	assert_null(json_get(json_new(&arena, JSON_OBJECT), "a"));
	assert_null(json_first(json_new(&arena, JSON_ARRAY)));
	assert_null(json_text(json_new_integer(&arena, 1)));
	assert_int_equal(json_integer(json_new_text(&arena, "1")), 0);
}

typedef struct Refused {
	const char *text;
	size_t len;
	const char *message;
} Refused;

static const Refused refusals[] = {
	/* structure */
	{TEXT(""), "line 1, column 1: expected a value, not the end"},
	{TEXT(" \n\t\r "), "line 2, column 4: expected a value, not the end"},
	{TEXT("{} x"), "line 1, column 4: expected the end, not 'x'"},
	{TEXT("{}{}"), "line 1, column 3: expected the end, not '{'"},
	{TEXT("[1]\0"), "line 1, column 4: expected the end, not byte 0x00"},
	{TEXT("\xef\xbb\xbf{}"), "line 1, column 1: expected a value, not byte 0xef"},
	{TEXT("[1, 2"), "line 1, column 6: expected ',' or ']', not the end"},
	{TEXT("[1 2]"), "line 1, column 4: expected ',' or ']', not '2'"},
	{TEXT("[1,]"), "line 1, column 4: expected a value, not ']'"},
	{TEXT("[,1]"), "line 1, column 2: expected a value, not ','"},
	{TEXT("[1}"), "line 1, column 3: expected ',' or ']', not '}'"},
	{TEXT("["), "line 1, column 2: expected a value, not the end"},
	{TEXT("]"), "line 1, column 1: expected a value, not ']'"},
	{TEXT("{"), "line 1, column 2: expected a name in double quotes, not the end"},
	{TEXT("{\"a\": 1,}"), "line 1, column 9: expected a name in double quotes, not '}'"},
	{TEXT("{'a': 1}"), "line 1, column 2: expected a name in double quotes, not '''"},
	{TEXT("{1: 1}"), "line 1, column 2: expected a name in double quotes, not '1'"},
	{TEXT("{\"a\" 1}"), "line 1, column 6: expected ':', not '1'"},
	{TEXT("{\"a\":}"), "line 1, column 6: expected a value, not '}'"},
	{TEXT("{\"a\":1"), "line 1, column 7: expected ',' or '}', not the end"},
	{TEXT("{\"a\":1]"), "line 1, column 7: expected ',' or '}', not ']'"},
	{TEXT("[1] // remark"), "line 1, column 5: expected the end, not '/'"},
	/* words */
	{TEXT("nul"), "line 1, column 4: expected null, not the end"},
	{TEXT("[trUe]"), "line 1, column 4: expected true, not 'U'"},
	{TEXT("falsey"), "line 1, column 6: expected the end, not 'y'"},
	{TEXT("NaN"), "line 1, column 1: expected a value, not 'N'"},
	/* members */
	{TEXT("{\n \"a\": 1,\n \"a\": 2}"), "line 3, column 2: the object has this name already"},
	{TEXT("{\"a\": {\"b\": 1, \"\\u0062\": 1}}"),
		"line 1, column 16: the object has this name already"},
	/* numbers */
	{TEXT("[01]"), "line 1, column 2: a number must not begin with 0"},
	{TEXT("-00"), "line 1, column 2: a number must not begin with 0"},
	{TEXT("[-]"), "line 1, column 3: expected a digit, not ']'"},
	{TEXT("+1"), "line 1, column 1: expected a value, not '+'"},
	{TEXT(".5"), "line 1, column 1: expected a value, not '.'"},
	{TEXT("1."), "line 1, column 3: expected a digit, not the end"},
	{TEXT("1.e1"), "line 1, column 3: expected a digit, not 'e'"},
	{TEXT("1e"), "line 1, column 3: expected a digit, not the end"},
	{TEXT("1e+"), "line 1, column 4: expected a digit, not the end"},
	{TEXT("1e1.5"), "line 1, column 4: expected the end, not '.'"},
	{TEXT("0x10"), "line 1, column 2: expected the end, not 'x'"},
	{TEXT("[9223372036854775808]"), "line 1, column 2: the integer does not fit into 64 bits"},
	{TEXT("[-9223372036854775809]"), "line 1, column 2: the integer does not fit into 64 bits"},
	{TEXT("[ 99999999999999999999999999]"),
		"line 1, column 3: the integer does not fit into 64 bits"},
	{TEXT("[1e999]"), "line 1, column 2: the number is too large"},
	{TEXT("[-1.8e308]"), "line 1, column 2: the number is too large"},
	/* strings */
	{TEXT("\"abc"), "line 1, column 5: expected '\"', not the end"},
	{TEXT("\"a\\\""), "line 1, column 5: expected '\"', not the end"},
	{TEXT("\"a\\"), "line 1, column 4: expected one of \"\\/bfnrtu, not the end"},
	{TEXT("[\"a\nb\"]"), "line 1, column 4: byte 0x0a must be escaped in a string"},
	{TEXT("{\"a\": \"\0\"}"), "line 1, column 8: byte 0x00 must be escaped in a string"},
	{TEXT("{\"a\\u0000\": 1}"), "line 1, column 4: \\u0000 is not accepted"},
	{TEXT("\"\\x41\""), "line 1, column 3: expected one of \"\\/bfnrtu, not 'x'"},
	{TEXT("\"\\U0041\""), "line 1, column 3: expected one of \"\\/bfnrtu, not 'U'"},
	{TEXT("\"\\u00g1\""), "line 1, column 6: expected a hexadecimal digit, not 'g'"},
	{TEXT("\"\\u00"), "line 1, column 6: expected a hexadecimal digit, not the end"},
	{TEXT("\"\\u004\""), "line 1, column 7: expected a hexadecimal digit, not '\"'"},
	{TEXT("\"x\\ud800\""), "line 1, column 3: a surrogate without its other half"},
	{TEXT("\"\\ud800x\""), "line 1, column 2: a surrogate without its other half"},
	{TEXT("\"\\udc00\\ud800\""), "line 1, column 2: a surrogate without its other half"},
	{TEXT("\"\\ud800\\u0041\""), "line 1, column 2: a surrogate without its other half"},
	{TEXT("\"\\ud800\\ud800\""), "line 1, column 2: a surrogate without its other half"},
	{TEXT("\"\\ud800\\n\""), "line 1, column 2: a surrogate without its other half"},
	{TEXT("[\"\xff\"]"), "line 1, column 3: byte 0xff is not UTF-8"},
	{TEXT("[\"\xc3\"]"), "line 1, column 3: byte 0xc3 is not UTF-8"},
	{TEXT("\"\xe2\x82"), "line 1, column 2: byte 0xe2 is not UTF-8"},
	{TEXT("\"\xc3\xa4\xed\xa0\x80\""), "line 1, column 4: byte 0xed is not UTF-8"},
	{TEXT("\"\\n\xc0\x80\""), "line 1, column 4: byte 0xc0 is not UTF-8"},
};

/* The text stands in memory of exactly its length, so that a sanitizer sees what is read behind
 * it. */
static int parse(Arena *arena, const char *text, size_t len, Json **ret, Error *err)
{
	_cleanup_free_ char *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	return json_parse(arena, copy, len, "the document", ret, err);
}

static void expect_refused(const char *text, size_t len, const char *message)
{
	_cleanup_(arena_done) Arena arena = {0};
	Json *value = NULL;
	Error err = ERROR_INIT;
	const char *told;

	assert_int_equal(parse(&arena, text, len, &value, &err), -EINVAL);
	assert_null(value);
	told = startswith(err.frames[0].text, "the document: ");
	assert_non_null(told);
	assert_string_equal(told, message);
}

static void refused(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++)
		expect_refused(refusals[i].text, refusals[i].len, refusals[i].message);
}

/* Of a few bytes of text each, values would take many times the memory of the text. */
static void number_of_values(void **state)
{
	for (size_t values = JSON_VALUES_MAX; values <= JSON_VALUES_MAX + 1; values++) {
		_cleanup_(arena_done) Arena arena = {0};
		_cleanup_free_ char *text = malloc(2 * values);
		Error err = ERROR_INIT;
		char message[ERROR_TEXT];
		Json *root;

		/* An array is a value, too. */
		assert_non_null(text);
		for (size_t i = 0; i < values; i++)
			memcpy(text + 2 * i, i == 0 ? " [" : "1,", 2);
		text[2 * values - 1] = ']';
		assert_int_equal(json_parse(&arena, text, 2 * values, "test", &root, &err),
			values > JSON_VALUES_MAX ? -EINVAL : 0);
		if (values > JSON_VALUES_MAX)
			assert_string_equal(error_message(&err, message, sizeof message),
				"test: line 1, column 524289: more than 262144 values");
	}
}

static void depth(void **state)
{
	static const char *const brackets[][2] = {{"[", "]"}, {"{\"\":", "}"}};

	for (size_t i = 0; i < ARRAY_LEN(brackets); i++) {
		for (size_t levels = JSON_DEPTH_MAX; levels <= JSON_DEPTH_MAX + 1; levels++) {
			_cleanup_strbuf_ StrBuf text = STRBUF_INIT(1 << 20);
			_cleanup_(arena_done) Arena arena = {0};
			Json *value;

			for (size_t n = 0; n < levels; n++)
				strbuf_puts(&text, brackets[i][0]);
			strbuf_puts(&text, "0");
			for (size_t n = 0; n < levels; n++)
				strbuf_puts(&text, brackets[i][1]);
			assert_int_equal(parse(&arena, text.text, text.len, &value, NULL),
				levels > JSON_DEPTH_MAX ? -EINVAL : 0);
		}
	}
}

static void too_deep(void **state)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(1 << 20);

	for (int i = 0; i < 1000000; i++)
		strbuf_putc(&text, '[');
	expect_refused(text.text, text.len, "line 1, column 513: nested more than 512 levels deep");
}

#define MANY 200003 /* a prime, so that the names differ */

/* An object of n members in no order. The last one has the name of the one numbered like, which may
 * be itself: the names are all different then. */
static void put_members(StrBuf *text, size_t n, size_t like)
{
	for (size_t i = 0; i < n; i++)
		strbuf_printf(text, "%s\"member %zu\":%zu", i == 0 ? "{" : ",\n",
			(i + 1 == n ? like : i) * 7919 % n, i);
	strbuf_putc(text, '}');
}

static void many_members(void **state)
{
	static const size_t counts[] = {2, 16, 17, 18, MANY};

	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		size_t n = counts[i];
		_cleanup_strbuf_ StrBuf unique = STRBUF_INIT(16 << 20),
					twice = STRBUF_INIT(16 << 20);
		_cleanup_(arena_done) Arena arena = {0};
		char message[100];
		Json *value;

		put_members(&unique, n, n - 1);
		assert_int_equal(parse(&arena, unique.text, unique.len, &value, NULL), 0);
		assert_int_equal(json_count_members(value), n);
		put_members(&twice, n, 0);
		(void)snprintf(message, sizeof message,
			"line %zu, column 1: the object has this name already", n);
		expect_refused(twice.text, twice.len, message);
	}
}

typedef struct Printed {
	const char *text, *want; /* want NULL: the same */
} Printed;

static void expect_printed(const char *text, bool pretty, const char *want)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_free_ char *printed = NULL, *again = NULL;
	Json *value;

	assert_int_equal(parse(&arena, text, strlen(text), &value, NULL), 0);
	assert_int_equal(json_print(value, pretty, &printed), 0);
	assert_string_equal(printed, want);
	assert_int_equal(parse(&arena, printed, strlen(printed), &value, NULL), 0);
	assert_int_equal(json_print(value, pretty, &again), 0);
	assert_string_equal(again, want);
}

static const Printed one_line[] = {
	{" { \"b\" : 1, \"a\": [ true, null, -5 ] } ", "{\"b\":1,\"a\":[true,null,-5]}"},
	{"\t[\r\n]\n", "[]"},
	{" {\n} ", "{}"},
	{"null", NULL},
	{"\"\"", NULL},
	{"{\"\":{\"\":[]}}", NULL},
	/* integers */
	{"0", NULL},
	{"-0", "0"},
	{"9223372036854775807", NULL},
	{"-9223372036854775808", NULL},
	/* reals */
	{"1.0", NULL},
	{"-0.0", NULL},
	{"0.1", NULL},
	{"0.30000000000000004", NULL},
	{"1E2", "100.0"},
	{"50000000.5e-1", "5000000.05"},
	{"1.5E-7", "1.5e-07"},
	{"1e23", "1e+23"},
	{"9223372036854775808.0", "9.223372036854776e+18"},
	{"1.7976931348623157e308", "1.7976931348623157e+308"},
	{"4.9406564584124654e-324", "4.94065645841247e-324"},
	{"1e-999", "0.0"},
	/* strings */
	{"[\"<a href='x'>&amp;</a>\"]",
		"[\"\\u003ca href='x'\\u003e\\u0026amp;\\u003c/a\\u003e\"]"},
	{"{\"<\":\"\"}", "{\"\\u003c\":\"\"}"},
	{"[\"\\\"\\\\\\n\\t\\r\\u00e4\\/\"]", "[\"\\\"\\\\\\n\\t\\r\xc3\xa4/\"]"},
	{"\"\\b\\f\\u0001\\u001f \x7f\"", "\"\\u0008\\u000c\\u0001\\u001f \x7f\""},
	{"\"\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\"",
		"\"\xe2\x80\xa7\\u2028\\u2029\xe2\x80\xaa\""},
	{"\"\\u007f\\u0080\\u07FF\\u0800\\uffff\"",
		"\"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\""},
	{"\"\\uD834\\uDd1e\\ud800\\udc00\\udbff\\udfff.\"",
		"\"\xf0\x9d\x84\x9e\xf0\x90\x80\x80\xf4\x8f\xbf\xbf.\""},
	{"\"plain\\u0041plain\\\\\"", "\"plainAplain\\\\\""},
};

static void printed_on_one_line(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(one_line); i++)
		expect_printed(one_line[i].text, false,
			one_line[i].want ? one_line[i].want : one_line[i].text);
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

static void made(void **state)
{
	_cleanup_(arena_done) Arena arena = {0};
	Json *array = json_new(&arena, JSON_ARRAY), *object = json_new(&arena, JSON_OBJECT);
	_cleanup_free_ char *printed = NULL;
	char name[] = "n";

	array = json_append(array, json_new_bool(&arena, false));
	array = json_append(array, json_new_bytes(&arena, "a\0b", 3));
	object = json_add_text(&arena, object, name, "text");
	name[0] = 'i'; /* names are copied */
	object = json_add_integer(&arena, object, name, INT64_MIN);
	object = json_add(&arena, object, "array", array);
	assert_int_equal(json_print(object, false, &printed), 0);
	assert_string_equal(printed,
		"{\"n\":\"text\",\"i\":-9223372036854775808,\"array\":[false,\"a\\u0000b\"]}");
}

static void not_made(void **state)
{
	_cleanup_(arena_done) Arena arena = {0};
	Json *object = json_new(&arena, JSON_OBJECT);
	char *printed = NULL;

	assert_null(json_new_text(&arena, NULL));
	assert_null(json_new_text(&arena, "\xff"));
	assert_null(json_new_bytes(&arena, "\xc3\xa4", 1));
	assert_null(json_append(NULL, json_new(&arena, JSON_NULL)));
	assert_null(json_append(json_new(&arena, JSON_ARRAY), NULL));
	assert_null(json_add_text(&arena, object, "a", NULL));
	assert_null(json_add_integer(&arena, NULL, "a", 1));
	assert_int_equal(json_print(NULL, false, &printed), -ENOMEM);
	assert_null(printed);
}

/* What the process has is all that it gets: a document needs more at some place, and says so. */
static void out_of_memory(void **state)
{
#ifdef __SANITIZE_ADDRESS__
	skip(); /* its allocator ends the process instead */
#endif
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(16 << 20);
	_cleanup_(arena_done) Arena arena = {0};
	struct rlimit full, none;
	Error err = ERROR_INIT;
	Json *value = NULL;
	char *printed = NULL;
	int r, r_print;

	put_members(&text, MANY, MANY - 1);
	assert_int_equal(getrlimit(RLIMIT_AS, &full), 0);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = full.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
	r = json_parse(&arena, text.text, text.len, "x", &value, &err);
	assert_int_equal(setrlimit(RLIMIT_AS, &full), 0);
	assert_int_equal(r, -ENOMEM);
	assert_null(value);
	assert_string_equal(err.frames[0].text, "out of memory");
	assert_int_equal(json_parse(&arena, text.text, text.len, "x", &value, NULL), 0);
	assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
	r_print = json_print(value, true, &printed);
	assert_int_equal(setrlimit(RLIMIT_AS, &full), 0);
	assert_int_equal(r_print, -ENOMEM);
	assert_null(printed);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading),
		cmocka_unit_test(reading_what_is_not_there),
		cmocka_unit_test(refused),
		cmocka_unit_test(number_of_values),
		cmocka_unit_test(depth),
		cmocka_unit_test(too_deep),
		cmocka_unit_test(many_members),
		cmocka_unit_test(printed_on_one_line),
		cmocka_unit_test(printed_with_tabs),
		cmocka_unit_test(made),
		cmocka_unit_test(not_made),
		cmocka_unit_test(out_of_memory),
	};

	return cmocka_run_group_tests_name("base/json", tests, NULL, NULL);
}
