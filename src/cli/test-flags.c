/* SPDX-License-Identifier: Apache-2.0 */
/* Compares the option tables with tests/data/flags.tsv: the flags that users and scripts of rkt
 * know, one a line (verb, flag, whether a value is required, default), behind a line of titles. The
 * path of the file is the only argument. */

#include "cli/verb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <fcntl.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/fd.h"

#define FILE_MAX 65536
#define ROWS_MAX 1000

typedef struct Row {
	const char *verb, *flag, *value, *default_text;
} Row;

static Row rows[ROWS_MAX];
static size_t n_rows;

/* Verbs that do not exist yet. */
static const char *const missing_verbs[] = {
	"api-service",
};

/* What rkt did not have. */
static const struct {
	const char *verb, *flag;
} additions[] = {
	{"(global)", "--help"},
	{"cp", "--app"},
	{"exec", "--app"},
	{"exec", "--cwd"},
	{"exec", "--env"},
	{"exec", "--group"},
	{"exec", "--interactive"},
	{"exec", "--tty"},
	{"exec", "--user"},
	{"fsck", "--repair"},
	{"image df", "--full"},
	{"image import", "--environment"},
	{"image import", "--exec"},
	{"image import", "--group"},
	{"image import", "--user"},
	{"image import", "--working-dir"},
	{"logs", "--app"},
	{"logs", "--follow"},
	{"logs", "--lines"},
	{"logs", "--since"},
	{"logs", "--timestamps"},
	{"logs", "--uuid-file"},
	{"restart", "--detach"},
	{"restart", "--force"},
	{"restart", "--uuid-file"},
	{"start", "--detach"},
	{"start", "--uuid-file"},
	{"stats", "--format"},
	{"stats", "--interval"},
	{"stats", "--no-legend"},
	{"stats", "--uuid-file"},
	{"stats", "--watch"},
	{"top", "--format"},
	{"top", "--no-legend"},
	{"top", "--uuid-file"},
	{"app sandbox", "--detach"},
	{"app sandbox", "--pod-name"},
	{"run", "--detach"},
	{"run-prepared", "--detach"},
	{"prepare", "--pod-name"},
	{"run", "--dry-run"},
	{"run", "--durable"},
	{"run", "--format"},
	{"run", "--pod-name"},
	{"run-prepared", "--pod-name"},
	{"app add", "--pids-limit"},
	{"run", "--pids-limit"},
	{"prepare", "--pids-limit"},
	{"app add", "--liveness"},
	{"run", "--liveness"},
	{"prepare", "--liveness"},
	{"app add", "--restart"},
	{"run", "--restart"},
	{"prepare", "--restart"},
	{"app add", "--stderr"},
	{"app add", "--stdin"},
	{"app add", "--stdout"},
	{"prepare", "--stderr"},
	{"prepare", "--stdin"},
	{"prepare", "--stdout"},
	{"run", "--stderr"},
	{"run", "--stdin"},
	{"run", "--stdout"},
};

static bool is_missing(const char *verb)
{
	for (size_t i = 0; i < ARRAY_LEN(missing_verbs); i++)
		if (streq(missing_verbs[i], verb))
			return true;
	return false;
}

static const Verb *find_verb(const char *name)
{
	for (size_t i = 0; i < n_verbs; i++)
		if (streq(verbs[i]->name, name))
			return verbs[i];
	return NULL;
}

static const Option *find_option(const char *verb_name, const char *flag)
{
	static const OptionSet *const global_sets[] = {&global_options, NULL};
	const Verb *verb = find_verb(verb_name);
	const Option *o = NULL;
	size_t len;

	assert_non_null(startswith(flag, "--"));
	flag += 2;
	len = strlen(flag);
	if (streq(verb_name, "(global)"))
		return option_find(global_sets, flag, len);
	if (verb->options)
		o = option_find(verb->options, flag, len);
	if (!o && verb->app_options)
		o = option_find(verb->app_options, flag, len);
	return o;
}

static void compare(const Row *row)
{
	const Option *o = find_option(row->verb, row->flag);

	if (!o || !option_visible(o))
		fail_msg("rkt %s has no %s", row->verb, row->flag);
	if (streq(row->value, "required") != option_needs_value(o))
		fail_msg("rkt %s %s: a value is %s", row->verb, row->flag, row->value);
	if (!streq(row->default_text, o->default_text ? o->default_text : ""))
		fail_msg("rkt %s %s: the default is not \"%s\"", row->verb, row->flag,
			row->default_text);
}

static void test_known_flags(void **state)
{
	for (size_t i = 0; i < n_rows; i++)
		if (!is_missing(rows[i].verb))
			compare(&rows[i]);
}

static bool is_known(const char *verb, const char *flag)
{
	for (size_t i = 0; i < n_rows; i++)
		if (streq(rows[i].verb, verb) && streq(rows[i].flag + 2, flag))
			return true;
	for (size_t i = 0; i < ARRAY_LEN(additions); i++)
		if (streq(additions[i].verb, verb) && streq(additions[i].flag + 2, flag))
			return true;
	return false;
}

static void expect_known(const char *verb, const OptionSet *const *sets)
{
	for (; sets && *sets; sets++)
		for (size_t i = 0; i < (*sets)->n; i++)
			if (option_visible(&(*sets)->rows[i]) &&
				!is_known(verb, (*sets)->rows[i].name))
				fail_msg("rkt %s has --%s, which nobody knows of", verb,
					(*sets)->rows[i].name);
}

static void test_no_other_flags(void **state)
{
	static const OptionSet *const global_sets[] = {&global_options, NULL};

	expect_known("(global)", global_sets);
	for (size_t i = 0; i < n_verbs; i++) {
		if (verbs[i]->flags & VERB_HIDDEN)
			continue;
		expect_known(verbs[i]->name, verbs[i]->options);
		expect_known(verbs[i]->name, verbs[i]->app_options);
	}
}

static void test_missing_verbs_are_missing(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(missing_verbs); i++)
		assert_null(find_verb(missing_verbs[i]));
}

/* Cuts the text into rows of four cells. */
static void read_rows(char *text)
{
	char *line = strchr(text, '\n');

	while (line && line[1]) {
		char *cells[4], *cell = line + 1;

		line = strchr(cell, '\n');
		if (line)
			*line = '\0';
		for (size_t i = 0; i < ARRAY_LEN(cells); i++) {
			cells[i] = strsep(&cell, "\t");
			assert_non_null(cells[i]);
		}
		assert_true(n_rows < ROWS_MAX);
		rows[n_rows++] = (Row){cells[0], cells[1], cells[2], cells[3]};
	}
	assert_true(n_rows > 100);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_flags),
		cmocka_unit_test(test_no_other_flags),
		cmocka_unit_test(test_missing_verbs_are_missing),
	};
	_cleanup_free_ char *text = NULL;

	if (argc != 2 || fd_read_file(AT_FDCWD, argv[1], FILE_MAX, &text, NULL, NULL) < 0)
		return 2;
	read_rows(text);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
