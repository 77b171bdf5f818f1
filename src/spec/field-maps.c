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

static int check_object(JsonReader *r, const Field *f, const json_t *value)
{
	size_t n = json_object_size(value);

	if (!json_is_object(value))
		return reader_wrong_type(r, NULL, "an object", value);
	if (n > (size_t)f->max)
		return reader_fail(r, NULL,
			"%zu members are more than the %" PRId64 " that are accepted", n, f->max);
	return 0;
}

static int read_pair(JsonReader *r, const char *name, const json_t *value, NameValue *ret)
{
	const char *text = json_string_value(value);

	if (!text)
		return reader_wrong_type(r, name, "a string", value);
	ret->name = arena_strdup(r->arena, name);
	ret->value = arena_strdup(r->arena, text);
	return ret->name && ret->value ? 0 : fail_oom(r->err);
}

static int map_parse(JsonReader *r, const Field *f, const json_t *value, void *object)
{
	int result = check_object(r, f, value);
	const char *name;
	NameValue *items;
	json_t *member;
	size_t n = 0;

	if (result < 0)
		return result;
	items = arena_new(r->arena, NameValue, json_object_size(value));
	if (!items)
		return fail_oom(r->err);
	json_object_foreach ((json_t *)value, name, member) {
		result = read_pair(r, name, member, &items[n++]);
		if (result < 0)
			return result;
	}
	if (n > 0)
		qsort(items, n, sizeof *items, compare_pairs);
	*(NameValue **)field_at(object, f->offset) = items;
	*(size_t *)field_at(object, f->aux) = n;
	return 0;
}

static int map_print(const Field *f, const void *object, json_t **ret)
{
	const NameValue *items = *(NameValue *const *)field_at(object, f->offset);
	size_t n = *(const size_t *)field_at(object, f->aux);
	_cleanup_json_ json_t *map = n > 0 ? json_object() : NULL;

	for (size_t i = 0; i < n; i++)
		if (json_object_set_new(map, items[i].name, json_string(items[i].value)) < 0)
			return -ENOMEM;
	*ret = TAKE_PTR(map);
	return 0;
}

const FieldType field_map = {map_parse, map_print};

static int keys_parse(JsonReader *r, const Field *f, const json_t *value, void *object)
{
	int result = check_object(r, f, value);
	const char **items, *name;
	json_t *member;
	size_t n = 0;

	if (result < 0)
		return result;
	items = arena_new(r->arena, const char *, json_object_size(value));
	if (!items)
		return fail_oom(r->err);
	json_object_foreach ((json_t *)value, name, member) {
		items[n] = arena_strdup(r->arena, name);
		if (!items[n++])
			return fail_oom(r->err);
	}
	if (n > 0)
		qsort(items, n, sizeof *items, compare_texts);
	*(const char ***)field_at(object, f->offset) = items;
	*(size_t *)field_at(object, f->aux) = n;
	return 0;
}

static int keys_print(const Field *f, const void *object, json_t **ret)
{
	const char **items = *(const char **const *)field_at(object, f->offset);
	size_t n = *(const size_t *)field_at(object, f->aux);
	_cleanup_json_ json_t *map = n > 0 ? json_object() : NULL;

	for (size_t i = 0; i < n; i++)
		if (json_object_set_new(map, items[i], json_object()) < 0)
			return -ENOMEM;
	*ret = TAKE_PTR(map);
	return 0;
}

const FieldType field_keys = {keys_parse, keys_print};
