/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/json-fields.h"

#include <ctype.h>
#include <inttypes.h>

/* The types of one value: texts, booleans, integers and objects. */

static int text_parse(JsonReader *r, const Field *f, const json_t *value, void *object)
{
	const char *s = json_string_value(value);
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

static int text_print(const Field *f, const void *object, json_t **ret)
{
	const char *s = *(const char *const *)field_at(object, f->offset);

	if (!s || (!*s && !(f->flags & FIELD_OR_EMPTY)))
		return 0;
	*ret = json_string(s);
	return *ret ? 0 : -ENOMEM;
}

const FieldType field_text = {text_parse, text_print};

static int constant_parse(JsonReader *r, const Field *f, const json_t *value, void *object)
{
	const char *s = json_string_value(value);
	char text[QUOTED_MAX];

	(void)object;
	if (!s)
		return reader_wrong_type(r, NULL, "a string", value);
	if (!streq(s, f->constant))
		return reader_fail(r, NULL, "%s is not \"%s\"", text_quoted(s, text, sizeof text),
			f->constant);
	return 0;
}

static int constant_print(const Field *f, const void *object, json_t **ret)
{
	(void)object;
	*ret = json_string(f->constant);
	return *ret ? 0 : -ENOMEM;
}

const FieldType field_constant = {constant_parse, constant_print};

static int bool_parse(JsonReader *r, const Field *f, const json_t *value, void *object)
{
	if (!json_is_boolean(value))
		return reader_wrong_type(r, NULL, "true or false", value);
	*(bool *)field_at(object, f->offset) = json_is_true(value);
	return 0;
}

static int bool_print(const Field *f, const void *object, json_t **ret)
{
	bool set = *(const bool *)field_at(object, f->offset);

	if (set || f->flags & FIELD_PRINT_ZERO)
		*ret = json_boolean(set);
	return 0;
}

const FieldType field_bool = {bool_parse, bool_print};

static int tristate_parse(JsonReader *r, const Field *f, const json_t *value, void *object)
{
	if (!json_is_boolean(value))
		return reader_wrong_type(r, NULL, "true or false", value);
	*(int *)field_at(object, f->offset) = json_is_true(value);
	return 0;
}

static int tristate_print(const Field *f, const void *object, json_t **ret)
{
	int state = *(const int *)field_at(object, f->offset);

	if (state >= 0)
		*ret = json_boolean(state);
	return 0;
}

const FieldType field_tristate = {tristate_parse, tristate_print};

static int number_parse(JsonReader *r, const Field *f, const json_t *value, void *object)
{
	int64_t n = json_integer_value(value);
	char *member = field_at(object, f->offset);
	unsigned narrow = (unsigned)n;

	if (!json_is_integer(value))
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

static int number_print(const Field *f, const void *object, json_t **ret)
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
	*ret = json_integer(n);
	return *ret ? 0 : -ENOMEM;
}

const FieldType field_number = {number_parse, number_print};

static int object_parse(JsonReader *r, const Field *f, const json_t *value, void *object)
{
	if (f->aux != FIELD_ALWAYS)
		*(bool *)field_at(object, f->aux) = true;
	return fields_read(r, f->object, value, field_at(object, f->offset));
}

static int object_print(const Field *f, const void *object, json_t **ret)
{
	if (f->aux != FIELD_ALWAYS && !*(const bool *)field_at(object, f->aux))
		return 0;
	return fields_write(f->object, field_at(object, f->offset), ret);
}

const FieldType field_object = {object_parse, object_print};

static int inline_parse(JsonReader *r, const Field *f, const json_t *value, void *object)
{
	return fields_read(r, f->object, value, object);
}

static int inline_print(const Field *f, const void *object, json_t **ret)
{
	return fields_write(f->object, object, ret);
}

const FieldType field_inline = {inline_parse, inline_print};

static int pointer_parse(JsonReader *r, const Field *f, const json_t *value, void *object)
{
	void *target = arena_alloc(r->arena, f->object->size);

	if (!target)
		return fail_oom(r->err);
	*(const void **)field_at(object, f->offset) = target;
	return fields_read(r, f->object, value, target);
}

static int pointer_print(const Field *f, const void *object, json_t **ret)
{
	const void *target = *(const void *const *)field_at(object, f->offset);

	return target ? fields_write(f->object, target, ret) : 0;
}

const FieldType field_pointer = {pointer_parse, pointer_print};
