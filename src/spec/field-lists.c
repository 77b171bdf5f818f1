/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/json-fields.h"

#include <ctype.h>
#include <inttypes.h>
#include "spec/app.h"

/* The types of many values: arrays, and objects whose member names are data. All have their items
 * behind a pointer at the row's offset and their number at its aux. */

static void store_list(const Field *f, void *object, void *items, size_t n)
{
	*(void **)field_at(object, f->offset) = items;
	*(size_t *)field_at(object, f->aux) = n;
}

static void *list_items(const Field *f, const void *object)
{
	return *(void *const *)field_at(object, f->offset);
}

static size_t list_count(const Field *f, const void *object)
{
	return *(const size_t *)field_at(object, f->aux);
}

static int check_count(JsonReader *r, const Field *f, size_t n)
{
	if (n > (size_t)f->max)
		return reader_fail(r, NULL,
			"%zu entries are more than the %" PRId64 " that are accepted", n, f->max);
	if (n == 0 && f->flags & FIELD_REQUIRED)
		return reader_fail(r, NULL, "must not be empty");
	return 0;
}

static int check_array(JsonReader *r, const Field *f, const Json *value)
{
	if (!json_is(value, JSON_ARRAY))
		return reader_wrong_type(r, NULL, "an array", value);
	return check_count(r, f, json_count(value));
}

static const char *item_key(const Field *f, const void *items, size_t i)
{
	return *(const char **)field_at(items, i * f->object->size + f->object->fields[0].offset);
}

/* Whether the first member of the last item, a text, is new among the n items before it. */
static int check_unique(JsonReader *r, const Field *f, const void *items, size_t n)
{
	const char *last = item_key(f, items, n);
	char text[QUOTED_MAX];

	for (size_t i = 0; i < n; i++)
		if (streq(item_key(f, items, i), last))
			return reader_fail(r, f->object->fields[0].name,
				"%s is given more than once", text_quoted(last, text, sizeof text));
	return 0;
}

static int objects_parse(JsonReader *r, const Field *f, const Json *value, void *object)
{
	size_t n = json_count(value), i = 0, size = f->object->size;
	int result = check_array(r, f, value);
	char *items;

	if (result < 0)
		return result;
	items = arena_alloc(r->arena, n * size);
	if (!items)
		return fail_oom(r->err);
	for (const Json *item = json_first(value); item; item = item->next, i++) {
		size_t mark = reader_push(r, NULL, i);

		result = fields_read(r, f->object, item, items + i * size);
		if (result == 0 && f->flags & FIELD_UNIQUE)
			result = check_unique(r, f, items, i);
		if (result < 0)
			return result;
		reader_pop(r, mark);
	}
	store_list(f, object, items, n);
	return 0;
}

static int objects_print(Arena *arena, const Field *f, const void *object, Json **ret)
{
	const char *items = list_items(f, object);
	size_t n = list_count(f, object);
	Json *array = n > 0 ? json_new(arena, JSON_ARRAY) : NULL;

	for (size_t i = 0; i < n; i++)
		array = json_append(
			array, fields_write(arena, f->object, items + i * f->object->size));
	*ret = array;
	return n > 0 && !array ? -ENOMEM : 0;
}

const FieldType field_objects = {objects_parse, objects_print};

static int read_text(JsonReader *r, const Field *f, const Json *value, const char **ret)
{
	const char *s = json_text(value);
	char text[QUOTED_MAX], *copy;

	if (!s)
		return reader_wrong_type(r, NULL, "a string", value);
	if (f->text && !f->text->valid(s))
		return reader_fail(
			r, NULL, "%s is not %s", text_quoted(s, text, sizeof text), f->text->want);
	copy = arena_strdup(r->arena, s);
	if (!copy)
		return fail_oom(r->err);
	for (char *c = copy; *c && f->flags & FIELD_LOWER; c++)
		*c = (char)tolower((unsigned char)*c);
	*ret = copy;
	return 0;
}

static int texts_parse(JsonReader *r, const Field *f, const Json *value, void *object)
{
	size_t n = json_count(value), i = 0;
	int result = check_array(r, f, value);
	const char **items;

	if (result < 0)
		return result;
	items = arena_new(r->arena, const char *, n);
	if (!items)
		return fail_oom(r->err);
	for (const Json *item = json_first(value); item; item = item->next, i++) {
		size_t mark = reader_push(r, NULL, i);

		result = read_text(r, f, item, &items[i]);
		if (result < 0)
			return result;
		reader_pop(r, mark);
	}
	store_list(f, object, items, n);
	return 0;
}

static int texts_print(Arena *arena, const Field *f, const void *object, Json **ret)
{
	const char **items = list_items(f, object);
	size_t n = list_count(f, object);
	Json *array = n > 0 ? json_new(arena, JSON_ARRAY) : NULL;

	for (size_t i = 0; i < n; i++)
		array = json_append(array, json_new_text(arena, items[i]));
	*ret = array;
	return n > 0 && !array ? -ENOMEM : 0;
}

const FieldType field_texts = {texts_parse, texts_print};

/* The highest number means "no user" to the kernel. */
static const Field id_item = {.width = sizeof(int64_t), .max = UINT32_MAX - 1};

static int ids_parse(JsonReader *r, const Field *f, const Json *value, void *object)
{
	size_t n = json_count(value), i = 0;
	int result = check_array(r, f, value);
	int64_t *items;

	if (result < 0)
		return result;
	items = arena_new(r->arena, int64_t, n);
	if (!items)
		return fail_oom(r->err);
	for (const Json *item = json_first(value); item; item = item->next, i++) {
		size_t mark = reader_push(r, NULL, i);

		result = field_number.parse(r, &id_item, item, &items[i]);
		if (result < 0)
			return result;
		reader_pop(r, mark);
	}
	store_list(f, object, items, n);
	return 0;
}

static int ids_print(Arena *arena, const Field *f, const void *object, Json **ret)
{
	const int64_t *items = list_items(f, object);
	size_t n = list_count(f, object);
	Json *array = n > 0 ? json_new(arena, JSON_ARRAY) : NULL;

	for (size_t i = 0; i < n; i++)
		array = json_append(array, json_new_integer(arena, items[i]));
	*ret = array;
	return n > 0 && !array ? -ENOMEM : 0;
}

const FieldType field_ids = {ids_parse, ids_print};
