/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/args.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

typedef struct Sample {
	bool flag, on;
	int tristate;
	const char *text, *once;
	StrList list, optional;
	int64_t duration;
} Sample;

#define AT(member) offsetof(Sample, member)

static const Option rows[] = {
	{"flag", OPTION_BOOL, AT(flag), "false", .letter = 'f'},
	{"on", OPTION_BOOL, AT(on), "true"},
	{"tristate", OPTION_TRISTATE, AT(tristate)},
	{"text", OPTION_STRING, AT(text), "unset"},
	{"once", OPTION_STRING, AT(once), NULL, .flags = OPTION_ONCE},
	{"list", OPTION_LIST, AT(list)},
	{"optional", OPTION_OPTIONAL, AT(optional), "x", .flags = OPTION_COMPUTED,
		.bare_value = "bare", .words = "none all"},
	{"duration", OPTION_DURATION, AT(duration), "30m0s"},
};
static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

typedef struct Fixture {
	Arena arena;
	Sample sample;
	Args args;
	Error err;
} Fixture;

static void fixture_done(Fixture *f)
{
	arena_done(&f->arena);
}

#define _fixture_ __attribute__((cleanup(fixture_done)))

static void start(Fixture *f, const char *const *words)
{
	size_t n = 0;

	while (words[n])
		n++;
	options_init(sets, &f->sample);
	f->args = (Args){.words = words, .n = n, .arena = &f->arena};
	f->args.targets[0] = (OptionTarget){.sets = sets, .base = &f->sample};
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Parses words that are options only. */
static int parse(Fixture *f, const char *const *words)
{
	const char *word;

	start(f, words);
	return args_next(&f->args, &word, &f->err);
}

static void expect_error(const char *const *words, const char *text)
{
	_fixture_ Fixture f = {0};

	assert_int_equal(parse(&f, words), -EINVAL);
	assert_string_equal(f.err.frames[0].text, text);
}

static void test_defaults(void **state)
{
	_fixture_ Fixture f = {0};

	assert_int_equal(parse(&f, WORDS(NULL)), ARGS_END);
	assert_false(f.sample.flag);
	assert_true(f.sample.on);
	assert_string_equal(f.sample.text, "unset");
	assert_null(f.sample.once);
	assert_int_equal(f.sample.duration, INT64_C(1800) * 1000000000);
	assert_int_equal(f.sample.optional.n, 0);
}

static void test_values(void **state)
{
	_fixture_ Fixture f = {0};

	assert_int_equal(
		parse(&f, WORDS("--flag", "--on=F", "--tristate", "1", "--text=a=b", "--once",
				  "--x", "--list=1", "--list", "2", "--list=", "--duration=1m")),
		ARGS_END);
	assert_true(f.sample.flag);
	assert_false(f.sample.on);
	assert_int_equal(f.sample.tristate, 1);
	assert_string_equal(f.sample.text, "a=b");
	assert_string_equal(f.sample.once, "--x");
	assert_int_equal(f.sample.list.n, 3);
	assert_string_equal(f.sample.list.items[1], "2");
	assert_string_equal(f.sample.list.items[2], "");
	assert_int_equal(f.sample.duration, INT64_C(60) * 1000000000);
}

static void test_last_one_wins(void **state)
{
	_fixture_ Fixture f = {0};

	assert_int_equal(parse(&f, WORDS("--text=a", "--text=b", "--flag", "--flag=false", "-ff")),
		ARGS_END);
	assert_string_equal(f.sample.text, "b");
	assert_true(f.sample.flag);
}

static void test_long_list(void **state)
{
	_fixture_ Fixture f = {0};
	const char *words[101] = {0};

	for (size_t i = 0; i < 100; i++)
		words[i] = i % 2 ? "--list=odd" : "--list=even";
	assert_int_equal(parse(&f, words), ARGS_END);
	assert_int_equal(f.sample.list.n, 100);
	for (size_t i = 0; i < 100; i++)
		assert_string_equal(f.sample.list.items[i], i % 2 ? "odd" : "even");
}

/* An optional value does not take the next word. */
static void test_optional(void **state)
{
	_fixture_ Fixture f = {0};
	const char *word;

	start(&f, WORDS("--optional", "word", "--optional=value"));
	assert_int_equal(args_next(&f.args, &word, &f.err), ARGS_WORD);
	assert_string_equal(word, "word");
	assert_int_equal(args_next(&f.args, &word, &f.err), ARGS_END);
	assert_int_equal(f.sample.optional.n, 2);
	assert_string_equal(f.sample.optional.items[0], "bare");
	assert_string_equal(f.sample.optional.items[1], "value");
}

static void test_words_and_dashes(void **state)
{
	_fixture_ Fixture f = {0};
	const char *word;

	start(&f, WORDS("-", "--flag", "---", "--", "--text"));
	assert_int_equal(args_next(&f.args, &word, &f.err), ARGS_WORD);
	assert_string_equal(word, "-");
	assert_int_equal(args_next(&f.args, &word, &f.err), ARGS_WORD);
	assert_string_equal(word, "---");
	assert_int_equal(args_next(&f.args, &word, &f.err), ARGS_DASHES);
	assert_int_equal(f.args.n - f.args.next, 1);
	assert_string_equal(args_rest(&f.args)[0], "--text");
}

static void test_errors(void **state)
{
	expect_error(WORDS("--bogus"), "unknown flag: --bogus");
	expect_error(WORDS("--tex=1"), "unknown flag: --tex");
	expect_error(WORDS("-x"), "unknown shorthand flag: 'x' in -x");
	expect_error(WORDS("-fx"), "unknown shorthand flag: 'x' in -fx");
	expect_error(WORDS("--text"), "flag needs an argument: --text");
	expect_error(WORDS("--flag=maybe"), "--flag must be true or false, not \"maybe\"");
	expect_error(WORDS("--tristate="),
		"--tristate must be set with a boolean (true or false), not \"\"");
	expect_error(WORDS("--once=1", "--once=2"), "--once already used");
	expect_error(WORDS("--optional", "all"),
		"--optional takes a value only behind \"=\": say --optional=all");
	expect_error(WORDS("--duration=soon"),
		"--duration must be a length of time such as 30m or 1h30m, not \"soon\"");
	expect_error(WORDS("--duration=-24h"), "--duration must not be negative, as \"-24h\" is");
}

static void test_hint(void **state)
{
	_fixture_ Fixture f = {0};
	_fixture_ Fixture far = {0};

	(void)parse(&f, WORDS("--durtaion=1s"));
	assert_string_equal(f.err.hint, "did you mean --duration?");
	(void)parse(&far, WORDS("--something-else"));
	assert_string_equal(far.err.hint, "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_last_one_wins),
		cmocka_unit_test(test_long_list),
		cmocka_unit_test(test_optional),
		cmocka_unit_test(test_words_and_dashes),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_hint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
