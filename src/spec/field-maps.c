/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/json-fields.h"

#include <inttypes.h>
#include "spec/app.h"

/* Objects whose member names are data. They are kept sorted by name, so that equal content prints
 * equally. */

static int compare_pairs(const void *a, const void *b)
{
	return strcmp(((const NameValue *)a)->name, ((const NameValue *)b)->name);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int check_object(JsonReader *r, const Field *f, const Json *value)
{
	size_t n = json_count_members(value);

	if (!json_is(value, JSON_OBJECT))
		return reader_wrong_type(r, NULL, "an object", value);
	if (n > (size_t)f->max)
		return reader_fail(r, NULL,
			"%zu members are more than the %" PRId64 " that are accepted", n, f->max);
	return 0;
}

static int read_pair(JsonReader *r, const Json *member, NameValue *ret)
{
	const char *text = json_text(member);

	if (!text)
		return reader_wrong_type(r, member->name, "a string", member);
	ret->name = arena_strdup(r->arena, member->name);
	ret->value = arena_strdup(r->arena, text);
	return ret->name && ret->value ? 0 : fail_oom(r->err);
}

static int map_parse(JsonReader *r, const Field *f, const Json *value, void *object)
{
	int result = check_object(r, f, value);
	NameValue *items;
	size_t n = 0;

	if (result < 0)
		return result;
	items = arena_new(r->arena, NameValue, json_count_members(value));
	if (!items)
		return fail_oom(r->err);
	for (const Json *member = json_first_member(value); member; member = member->next) {
		result = read_pair(r, member, &items[n++]);
		if (result < 0)
			return result;
	}
	if (n > 0)
		qsort(items, n, sizeof *items, compare_pairs);
	*(NameValue **)field_at(object, f->offset) = items;
	*(size_t *)field_at(object, f->aux) = n;
	return 0;
}

static int map_print(Arena *arena, const Field *f, const void *object, Json **ret)
{
	const NameValue *items = *(NameValue *const *)field_at(object, f->offset);
	size_t n = *(const size_t *)field_at(object, f->aux);
	Json *map = n > 0 ? json_new(arena, JSON_OBJECT) : NULL;

	for (size_t i = 0; i < n; i++)
		map = json_add_text(arena, map, items[i].name, items[i].value);
	*ret = map;
	return n > 0 && !map ? -ENOMEM : 0;
}

const FieldType field_map = {map_parse, map_print};

static int keys_parse(JsonReader *r, const Field *f, const Json *value, void *object)
{
	int result = check_object(r, f, value);
	const char **items;
	size_t n = 0;

	if (result < 0)
		return result;
	items = arena_new(r->arena, const char *, json_count_members(value));
	if (!items)
		return fail_oom(r->err);
	for (const Json *member = json_first_member(value); member; member = member->next) {
		items[n] = arena_strdup(r->arena, member->name);
		if (!items[n++])
			return fail_oom(r->err);
	}
	if (n > 0)
		qsort(items, n, sizeof *items, compare_texts);
	*(const char ***)field_at(object, f->offset) = items;
	*(size_t *)field_at(object, f->aux) = n;
	return 0;
}

static int keys_print(Arena *arena, const Field *f, const void *object, Json **ret)
{
	const char **items = *(const char **const *)field_at(object, f->offset);
	size_t n = *(const size_t *)field_at(object, f->aux);
	Json *map = n > 0 ? json_new(arena, JSON_OBJECT) : NULL;

	for (size_t i = 0; i < n; i++)
		map = json_add(arena, map, items[i], json_new(arena, JSON_OBJECT));
	*ret = map;
	return n > 0 && !map ? -ENOMEM : 0;
}

const FieldType field_keys = {keys_parse, keys_print};
