/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/args.h"

#include <stdio.h>
#include "cli/suggest.h"

typedef struct Match {
	const Option *option;
	void *base; /* NULL: the option may not be used at this place */
} Match;

static Match find(const Args *args, const char *name, size_t len)
{
	Match misplaced = {0};

	for (size_t i = 0; i < ARGS_TARGETS; i++) {
		const OptionTarget *target = &args->targets[i];
		const Option *o = target->sets ? option_find(target->sets, name, len) : NULL;

		if (o && target->base)
			return (Match){.option = o, .base = target->base};
		if (o)
			misplaced.option = o;
	}
	return misplaced;
}

static void offer_names(const Args *args, Suggestion *s)
{
	for (size_t i = 0; i < ARGS_TARGETS; i++) {
		const OptionSet *const *sets = args->targets[i].sets;

		for (; sets && *sets; sets++)
			for (size_t k = 0; k < (*sets)->n; k++)
				if (option_visible(&(*sets)->rows[k]))
					suggestion_offer(s, (*sets)->rows[k].name);
	}
}

static int unknown(const Args *args, const char *name, size_t len, Error *err)
{
	_cleanup_free_ char *typed = strndup(name, len);
	Suggestion s = SUGGESTION_INIT(typed);

	if (!typed)
		return fail_oom(err);
	(void)fail(err, -EINVAL, "unknown flag: --%s", typed);
	offer_names(args, &s);
	if (s.best)
		error_hint(err, "did you mean --%s?", s.best);
	else if (args->unknown_hint)
		error_hint(err, "%s", args->unknown_hint);
	return -EINVAL;
}

/* Whether word is one of a blank-separated list. */
static bool is_among(const char *words, const char *word)
{
	size_t len = strlen(word);

	while (words && *words) {
		size_t n = strcspn(words, " ");

		if (n == len && strncmp(words, word, n) == 0)
			return true;
		words += n + strspn(words + n, " ");
	}
	return false;
}

/* The word behind an option that stands alone is no value of it. Where it looks like one, what
 * would be made of it instead is not what was meant. */
static int check_alone(const Args *args, const Option *o, Error *err)
{
	const char *next = args->next < args->n ? args->words[args->next] : NULL;

	if (o->kind != OPTION_OPTIONAL || !next)
		return 0;
	if (!(o->is_value ? o->is_value(next) : is_among(o->words, next)))
		return 0;
	return fail(err, -EINVAL, "--%s takes a value only behind \"=\": say --%s=%s", o->name,
		o->name, next);
}

/* word is "--name" or "--name=value". */
static int long_option(Args *args, const char *word, Error *err)
{
	const char *name = word + 2;
	size_t len = strcspn(name, "=");
	const char *value = name[len] == '=' ? name + len + 1 : NULL;
	Match m = find(args, name, len);
	int r;

	if (!m.option)
		return unknown(args, name, len, err);
	if (!m.base)
		return fail(err, -EINVAL, "--%s must follow an image", m.option->name);
	r = value ? 0 : check_alone(args, m.option, err);
	if (r < 0)
		return r;
	if (!value && option_needs_value(m.option)) {
		if (args->next == args->n)
			return fail(err, -EINVAL, "flag needs an argument: --%s", m.option->name);
		value = args->words[args->next++];
	}
	if (m.option->deprecated)
		(void)fprintf(stderr, "Flag --%s has been deprecated, %s\n", m.option->name,
			m.option->deprecated);
	return option_store(m.option, m.base, value, args->arena, err);
}

/* What other engines' short options of run are called here, where they are known and may be used;
 * NULL otherwise. */
static const char *long_name(const Args *args, char letter)
{
	static const struct {
		char letter;
		const char *name;
	} elsewhere[] = {{'v', "volume"}, {'e', "set-env"}, {'p', "port"}, {'i', "interactive"},
		{'t', "interactive"}, {'e', "env"}, {'u', "user"}, {'w', "cwd"}, {'n', "lines"}};

	for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++)
		if (elsewhere[i].letter == letter &&
			find(args, elsewhere[i].name, strlen(elsewhere[i].name)).base)
			return elsewhere[i].name;
	return NULL;
}

static Match find_letter(const Args *args, char letter)
{
	for (size_t i = 0; i < ARGS_TARGETS; i++) {
		const OptionTarget *target = &args->targets[i];
		const Option *o = target->sets ? option_find_letter(target->sets, letter) : NULL;

		if (o && target->base)
			return (Match){.option = o, .base = target->base};
	}
	return (Match){0};
}

static int unknown_letter(const Args *args, const char *word, char letter, Error *err)
{
	const char *name;

	(void)fail(err, -EINVAL, "unknown shorthand flag: '%c' in %s", letter, word);
	name = word[2] == '\0' ? long_name(args, letter) : NULL;
	if (name)
		error_hint(err, "say --%s", name);
	if (args->unknown_hint)
		error_hint(err, "%s", args->unknown_hint);
	return -EINVAL;
}

/* word is "-x", or "-xyz" for several. Short options take no value. */
static int short_options(Args *args, const char *word, Error *err)
{
	for (const char *letter = word + 1; *letter; letter++)
		if (!find_letter(args, *letter).base)
			return unknown_letter(args, word, *letter, err);
	for (const char *letter = word + 1; *letter; letter++) {
		Match m = find_letter(args, *letter);
		int r = option_store(m.option, m.base, NULL, args->arena, err);

		if (r < 0)
			return r;
	}
	return 0;
}

int args_next(Args *args, const char **ret_word, Error *err)
{
	while (args->next < args->n) {
		const char *word = args->words[args->next++];
		int r;

		if (streq(word, "--"))
			return ARGS_DASHES;
		/* A single dash is a word, and "---" ends the arguments of an app. */
		if (word[0] != '-' || word[1] == '\0' || streq(word, "---")) {
			*ret_word = word;
			return ARGS_WORD;
		}
		r = word[1] == '-' ? long_option(args, word, err) : short_options(args, word, err);
		if (r < 0)
			return r;
	}
	return ARGS_END;
}
