/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/option.h"

#include "base/boolean.h"
#include "base/duration.h"
#include "base/strbuf.h"

const Option *option_find(const OptionSet *const *sets, const char *name, size_t len)
{
	for (; *sets; sets++)
		for (size_t i = 0; i < (*sets)->n; i++) {
			const Option *o = &(*sets)->rows[i];

			if (strncmp(o->name, name, len) == 0 && o->name[len] == '\0')
				return o;
		}
	return NULL;
}

const Option *option_find_letter(const OptionSet *const *sets, char letter)
{
	for (; *sets; sets++)
		for (size_t i = 0; i < (*sets)->n; i++)
			if ((*sets)->rows[i].letter == letter)
				return &(*sets)->rows[i];
	return NULL;
}

bool option_needs_value(const Option *o)
{
	return o->kind != OPTION_BOOL && o->kind != OPTION_OPTIONAL;
}

bool option_visible(const Option *o)
{
	return !(o->flags & OPTION_HIDDEN) && !o->deprecated;
}

static const Option *nearest_behind(
	const OptionSet *const *sets, const Option *last, const Option *best)
{
	for (; sets && *sets; sets++)
		for (size_t i = 0; i < (*sets)->n; i++) {
			const Option *o = &(*sets)->rows[i];

			if (option_visible(o) && (!last || strcmp(o->name, last->name) > 0) &&
				(!best || strcmp(o->name, best->name) < 0))
				best = o;
		}
	return best;
}

const Option *option_next(const OptionSet *const *a, const OptionSet *const *b, const Option *last)
{
	return nearest_behind(b, last, nearest_behind(a, last, NULL));
}

static int store_bool(const Option *o, bool *target, const char *value, Error *err)
{
	bool truth = true;

	if (value && boolean_parse(value, &truth) < 0)
		return fail(err, -EINVAL, "--%s must be true or false, not \"%s\"", o->name, value);
	*target = truth;
	return 0;
}

static int store_tristate(const Option *o, int *target, const char *value, Error *err)
{
	bool truth;

	if (boolean_parse(value, &truth) < 0)
		return fail(err, -EINVAL,
			"--%s must be set with a boolean (true or false), not \"%s\"", o->name,
			value);
	*target = truth;
	return 0;
}

static int store_string(const Option *o, const char **target, const char *value, Error *err)
{
	if ((o->flags & OPTION_ONCE) && *target)
		return fail(err, -EINVAL, "--%s already used", o->name);
	*target = value;
	return 0;
}

static int store_duration(const Option *o, int64_t *target, const char *value, Error *err)
{
	int r = duration_parse(value, target);

	if (r < 0)
		return fail(err, r,
			"--%s must be a length of time such as 30m or 1h30m, not \"%s\"", o->name,
			value);
	if (*target < 0)
		return fail(
			err, -EINVAL, "--%s must not be negative, as \"%s\" is", o->name, value);
	return 0;
}

static int store_item(const Option *o, StrList *target, const char *value, Arena *arena, Error *err)
{
	if (str_list_add(target, value ? value : o->bare_value, arena) < 0)
		return fail_oom(err);
	return 0;
}

int option_store(const Option *o, void *base, const char *value, Arena *arena, Error *err)
{
	void *target = (char *)base + o->offset;
	int r;

	switch (o->kind) {
	case OPTION_BOOL: return store_bool(o, target, value, err);
	case OPTION_TRISTATE: return store_tristate(o, target, value, err);
	case OPTION_STRING: return store_string(o, target, value, err);
	case OPTION_LIST:
	case OPTION_OPTIONAL: return store_item(o, target, value, arena, err);
	case OPTION_DURATION: return store_duration(o, target, value, err);
	case OPTION_PARSED:
		r = o->parse(target, value, err);
		return r < 0 ? wrap(err, r, "invalid argument \"%s\" for --%s", value, o->name) : 0;
	}
	return fail(err, -EINVAL, "--%s cannot be used", o->name);
}

/* value NULL: the option stands alone. */
static int add_word(const Option *o, const char *value, Arena *arena, StrList *ret)
{
	_cleanup_free_ char *text = NULL;
	const char *word;

	if (str_format(&text, "--%s%s%s", o->name, value ? "=" : "", value ? value : "") < 0)
		return -ENOMEM;
	word = arena_strdup(arena, text);
	return word ? str_list_add(ret, word, arena) : -ENOMEM;
}

static int option_to_words(const Option *o, const void *base, Arena *arena, StrList *ret)
{
	const void *target = (const char *)base + o->offset;
	const char *text = o->kind == OPTION_STRING ? *(const char *const *)target : NULL;
	const StrList *list = target;
	int r = 0;

	if (o->kind == OPTION_BOOL && *(const bool *)target)
		return add_word(o, NULL, arena, ret);
	if (text)
		return add_word(o, text, arena, ret);
	if (o->kind != OPTION_LIST && o->kind != OPTION_OPTIONAL)
		return 0;
	for (size_t i = 0; i < list->n && r == 0; i++)
		r = add_word(o, list->items[i], arena, ret);
	return r;
}

int options_to_words(const OptionSet *const *sets, const void *base, Arena *arena, StrList *ret)
{
	int r = 0;

	for (; *sets && r == 0; sets++)
		for (size_t i = 0; i < (*sets)->n && r == 0; i++)
			r = option_to_words(&(*sets)->rows[i], base, arena, ret);
	return r;
}

void options_init(const OptionSet *const *sets, void *base)
{
	for (; *sets; sets++)
		for (size_t i = 0; i < (*sets)->n; i++) {
			const Option *o = &(*sets)->rows[i];

			if (!o->default_text || (o->flags & OPTION_COMPUTED))
				continue;
			/* Defaults are right by construction, as the tests of the tables show. */
			(void)option_store(o, base, o->default_text, NULL, NULL);
		}
}
