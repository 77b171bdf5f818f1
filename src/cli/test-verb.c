/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "cli/option.h"

static const Verb *find(const VerbGroup *group, const char *word)
{
	VerbMatch match;

	assert_int_equal(verb_find(group, word, &match, NULL), 0);
	return match.verb;
}

static const VerbGroup *image_group(void)
{
	VerbMatch match;

	assert_int_equal(verb_find(NULL, "image", &match, NULL), 0);
	assert_null(match.verb);
	return match.group;
}

static void test_names(void **state)
{
	assert_string_equal(find(NULL, "run")->name, "run");
	assert_string_equal(find(NULL, "run-prepared")->name, "run-prepared");
	assert_string_equal(find(image_group(), "list")->name, "image list");
}

static void test_prefixes(void **state)
{
	assert_string_equal(find(NULL, "vers")->name, "version");
	assert_string_equal(find(NULL, "run-")->name, "run-prepared");
	assert_string_equal(find(image_group(), "l")->name, "image list");
}

static void expect_unknown(
	const VerbGroup *group, const char *word, const char *text, const char *hint)
{
	Error err = ERROR_INIT;
	VerbMatch match;

	assert_int_equal(verb_find(group, word, &match, &err), -EINVAL);
	assert_string_equal(err.frames[0].text, text);
	assert_string_equal(err.hint, hint);
}

static void test_unknown(void **state)
{
	expect_unknown(NULL, "bogus", "unknown command \"bogus\" for \"rkt\"", "");
	expect_unknown(NULL, "", "unknown command \"\" for \"rkt\"", "");
	expect_unknown(NULL, "st", "unknown command \"st\" for \"rkt\"",
		"it is the beginning of several: start, stats, status, stop");
	expect_unknown(NULL, "ps", "unknown command \"ps\" for \"rkt\"", "that is \"rkt list\"");
	expect_unknown(NULL, "kill", "unknown command \"kill\" for \"rkt\"",
		"that is \"rkt stop --force\"");
	expect_unknown(image_group(), "ps", "unknown command \"ps\" for \"rkt image\"", "");
	expect_unknown(
		NULL, "lsit", "unknown command \"lsit\" for \"rkt\"", "did you mean \"list\"?");
	expect_unknown(image_group(), "lis7", "unknown command \"lis7\" for \"rkt image\"",
		"did you mean \"image list\"?");
}

/* The table is in alphabetical order, since help and completion print it as it is. */
static void test_order(void **state)
{
	for (size_t i = 1; i < n_verbs; i++)
		assert_true(strcmp(verbs[i - 1]->name, verbs[i]->name) < 0);
}

static void expect_sound(const OptionSet *const *sets)
{
	for (; sets && *sets; sets++)
		for (size_t i = 0; i < (*sets)->n; i++) {
			const Option *o = &(*sets)->rows[i];

			assert_non_null(o->help);
			assert_true(o->kind == OPTION_BOOL || o->value_name || o->default_text);
			assert_int_equal(o->kind == OPTION_PARSED, o->parse != NULL);
			assert_int_equal(o->kind == OPTION_OPTIONAL, o->bare_value != NULL);
			if (i > 0)
				assert_true(strcmp((*sets)->rows[i - 1].name, o->name) < 0);
		}
}

/* Each default is a value that the option accepts, and each row says all that help needs. */
static void test_rows(void **state)
{
	_Alignas(16) char space[8192] = {0};

	for (size_t i = 0; i < n_verbs; i++) {
		const Verb *verb = verbs[i];

		assert_true(verb->options_size <= sizeof space);
		assert_true(verb->brief && verb->synopsis && verb->description && verb->run);
		assert_true(verb->min_args == 0 || verb->missing);
		expect_sound(verb->options);
		expect_sound(verb->app_options);
		for (const OptionSet *const *s = verb->options; s && *s; s++)
			for (size_t k = 0; k < (*s)->n; k++) {
				const Option *o = &(*s)->rows[k];

				if (o->default_text && !(o->flags & OPTION_COMPUTED))
					assert_int_equal(
						option_store(o, space, o->default_text, NULL, NULL),
						0);
			}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
