/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/json-fields.h"

#include <ctype.h>
#include <inttypes.h>

/* The types of one value: texts, booleans, integers and objects. */

static int text_parse(JsonReader *r, const Field *f, const Json *value, void *object)
{
	const char *s = json_text(value);
	char text[QUOTED_MAX];
	char *copy;

	if (!s)
		return reader_wrong_type(r, NULL, "a string", value);
	if (!*s && f->flags & FIELD_REQUIRED)
		return reader_fail(r, NULL, "must not be empty");
	if (!*s && !(f->flags & FIELD_OR_EMPTY))
		return 0;
	copy = arena_strdup(r->arena, s);
	if (!copy)
		return fail_oom(r->err);
	for (char *c = copy; *c && f->flags & FIELD_LOWER; c++)
		*c = (char)tolower((unsigned char)*c);
	if (f->text && !f->text->valid(copy))
		return reader_fail(
			r, NULL, "%s is not %s", text_quoted(s, text, sizeof text), f->text->want);
	*(const char **)field_at(object, f->offset) = copy;
	return 0;
}

static int text_print(Arena *arena, const Field *f, const void *object, Json **ret)
{
	const char *s = *(const char *const *)field_at(object, f->offset);

	if (!s || (!*s && !(f->flags & FIELD_OR_EMPTY)))
		return 0;
	*ret = json_new_text(arena, s);
	return *ret ? 0 : -ENOMEM;
}

const FieldType field_text = {text_parse, text_print};

static int constant_parse(JsonReader *r, const Field *f, const Json *value, void *object)
{
	const char *s = json_text(value);
	char text[QUOTED_MAX];

	(void)object;
	if (!s)
		return reader_wrong_type(r, NULL, "a string", value);
	if (!streq(s, f->constant))
		return reader_fail(r, NULL, "%s is not \"%s\"", text_quoted(s, text, sizeof text),
			f->constant);
	return 0;
}

static int constant_print(Arena *arena, const Field *f, const void *object, Json **ret)
{
	(void)object;
	*ret = json_new_text(arena, f->constant);
	return *ret ? 0 : -ENOMEM;
}

const FieldType field_constant = {constant_parse, constant_print};

static int bool_parse(JsonReader *r, const Field *f, const Json *value, void *object)
{
	if (!json_is_bool(value))
		return reader_wrong_type(r, NULL, "true or false", value);
	*(bool *)field_at(object, f->offset) = json_is(value, JSON_TRUE);
	return 0;
}

static int bool_print(Arena *arena, const Field *f, const void *object, Json **ret)
{
	bool set = *(const bool *)field_at(object, f->offset);

	if (!set && !(f->flags & FIELD_PRINT_ZERO))
		return 0;
	*ret = json_new_bool(arena, set);
	return *ret ? 0 : -ENOMEM;
}

const FieldType field_bool = {bool_parse, bool_print};

static int tristate_parse(JsonReader *r, const Field *f, const Json *value, void *object)
{
	if (!json_is_bool(value))
		return reader_wrong_type(r, NULL, "true or false", value);
	*(int *)field_at(object, f->offset) = json_is(value, JSON_TRUE);
	return 0;
}

static int tristate_print(Arena *arena, const Field *f, const void *object, Json **ret)
{
	int state = *(const int *)field_at(object, f->offset);

	if (state < 0)
		return 0;
	*ret = json_new_bool(arena, state);
	return *ret ? 0 : -ENOMEM;
}

const FieldType field_tristate = {tristate_parse, tristate_print};

static int number_parse(JsonReader *r, const Field *f, const Json *value, void *object)
{
	int64_t n = json_integer(value);
	char *member = field_at(object, f->offset);
	unsigned narrow = (unsigned)n;

	if (!json_is(value, JSON_INTEGER))
		return reader_wrong_type(r, NULL, "a whole number", value);
	if (f->min == f->max && n != f->min)
		return reader_fail(r, NULL, "%" PRId64 " is not %" PRId64, n, f->min);
	if (n < f->min || n > f->max)
		return reader_fail(r, NULL,
			"%" PRId64 " is not in the range %" PRId64 " to %" PRId64, n, f->min,
			f->max);
	if (f->width == sizeof narrow)
		memcpy(member, &narrow, sizeof narrow);
	else
		memcpy(member, &n, sizeof n);
	return 0;
}

static int number_print(Arena *arena, const Field *f, const void *object, Json **ret)
{
	const char *member = field_at(object, f->offset);
	unsigned narrow;
	int64_t n;

	if (f->width == sizeof narrow) {
		memcpy(&narrow, member, sizeof narrow);
		n = narrow;
	} else
		memcpy(&n, member, sizeof n);
	if (n == 0 && !(f->flags & FIELD_PRINT_ZERO))
		return 0;
	*ret = json_new_integer(arena, n);
	return *ret ? 0 : -ENOMEM;
}

const FieldType field_number = {number_parse, number_print};

static int object_parse(JsonReader *r, const Field *f, const Json *value, void *object)
{
	if (f->aux != FIELD_ALWAYS)
		*(bool *)field_at(object, f->aux) = true;
	return fields_read(r, f->object, value, field_at(object, f->offset));
}

static int object_print(Arena *arena, const Field *f, const void *object, Json **ret)
{
	if (f->aux != FIELD_ALWAYS && !*(const bool *)field_at(object, f->aux))
		return 0;
	*ret = fields_write(arena, f->object, field_at(object, f->offset));
	return *ret ? 0 : -ENOMEM;
}

const FieldType field_object = {object_parse, object_print};

static int inline_parse(JsonReader *r, const Field *f, const Json *value, void *object)
{
	return fields_read(r, f->object, value, object);
}

static int inline_print(Arena *arena, const Field *f, const void *object, Json **ret)
{
	*ret = fields_write(arena, f->object, object);
	return *ret ? 0 : -ENOMEM;
}

const FieldType field_inline = {inline_parse, inline_print};

static int pointer_parse(JsonReader *r, const Field *f, const Json *value, void *object)
{
	void *target = arena_alloc(r->arena, f->object->size);

	if (!target)
		return fail_oom(r->err);
	*(const void **)field_at(object, f->offset) = target;
	return fields_read(r, f->object, value, target);
}

static int pointer_print(Arena *arena, const Field *f, const void *object, Json **ret)
{
	const void *target = *(const void *const *)field_at(object, f->offset);

	if (!target)
		return 0;
	*ret = fields_write(arena, f->object, target);
	return *ret ? 0 : -ENOMEM;
}

const FieldType field_pointer = {pointer_parse, pointer_print};
