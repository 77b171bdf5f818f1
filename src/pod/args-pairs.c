/* SPDX-License-Identifier: Apache-2.0 */

/* The forms that options share: lists, pairs, keys with values. */

#include "pod/args-internal.h"

#include "base/utf8.h"

static int check_text(const char *text, Error *err)
{
	if (utf8_valid(text))
		return 0;
	return fail(err, -EINVAL, "is not UTF-8 text, which is all that a pod manifest can hold");
}

int args_copy(const char *text, Arena *arena, const char **ret, Error *err)
{
	const char *copy;
	int r = check_text(text, err);

	if (r < 0)
		return r;
	copy = arena_strdup(arena, text);
	if (!copy)
		return fail_oom(err);
	*ret = copy;
	return 0;
}

int args_split_list(const char *text, Arena *arena, StrList *ret, Error *err)
{
	size_t n = 1;
	const char **items;
	int r = check_text(text, err);

	if (r < 0)
		return r;
	for (const char *p = text; *p; p++)
		n += *p == ',';
	items = arena_new(arena, const char *, n);
	if (!items)
		return fail_oom(err);
	for (size_t i = 0; i < n; i++) {
		size_t len = strcspn(text, ",");

		items[i] = arena_strndup(arena, text, len);
		if (!items[i])
			return fail_oom(err);
		text += len + (text[len] == ',');
	}
	*ret = (StrList){.items = items, .n = n};
	return 0;
}

int args_split_pair(const char *text, Arena *arena, NameValue *ret, Error *err)
{
	const char *equals = strchr(text, '=');
	NameValue pair;
	int r = check_text(text, err);

	if (r < 0)
		return r;
	if (!equals || equals == text)
		return fail(err, -EINVAL, "must be specified as key=value");
	pair.name = arena_strndup(arena, text, (size_t)(equals - text));
	pair.value = arena_strdup(arena, equals + 1);
	if (!pair.name || !pair.value)
		return fail_oom(err);
	*ret = pair;
	return 0;
}

NameValue *args_find_pair(const NameValues *list, const char *name)
{
	for (size_t i = 0; i < list->n; i++)
		if (streq(list->items[i].name, name))
			return &list->items[i];
	return NULL;
}

int args_pairs(const StrList *texts, const char *flag, Arena *arena, NameValues *ret, Error *err)
{
	NameValues list = {.items = arena_new(arena, NameValue, texts->n)};

	if (!list.items)
		return fail_oom(err);
	for (size_t i = 0; i < texts->n; i++) {
		NameValue pair, *old;
		int r = args_split_pair(texts->items[i], arena, &pair, err);

		if (r < 0)
			return wrap(
				err, r, "invalid argument \"%s\" for %s", texts->items[i], flag);
		old = args_find_pair(&list, pair.name);
		if (old)
			*old = pair;
		else
			list.items[list.n++] = pair;
	}
	*ret = list;
	return 0;
}

int args_set_key(const char *item, const char *what, const ArgsKey *keys, size_t n_keys,
	unsigned *seen, void *target, Arena *arena, Error *err)
{
	const char *equals = strchr(item, '=');
	size_t len;

	if (!equals)
		return fail(err, -EINVAL, "malformed string \"%s\": must be specified as key=value",
			item);
	len = (size_t)(equals - item);
	for (size_t i = 0; i < n_keys; i++) {
		if (strlen(keys[i].key) != len || memcmp(keys[i].key, item, len) != 0)
			continue;
		if (*seen & 1u << i)
			return fail(err, -EINVAL, "%s parameter \"%s\" is given twice", what,
				keys[i].key);
		*seen |= 1u << i;
		return keys[i].set(equals + 1, target, arena, err);
	}
	return fail(err, -EINVAL, "unknown %s parameter \"%.*s\"", what, (int)len, item);
}
