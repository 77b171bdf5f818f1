/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/json-fields.h"

#include <stdarg.h>
#include <stdio.h>

size_t reader_push(JsonReader *r, const char *name, size_t index)
{
	size_t mark = strlen(r->path);
	size_t room = sizeof r->path - mark;

	if (name)
		(void)snprintf(r->path + mark, room, "%s%s", mark > 0 ? "." : "", name);
	else
		(void)snprintf(r->path + mark, room, "[%zu]", index);
	return mark;
}

void reader_pop(JsonReader *r, size_t mark)
{
	r->path[mark] = '\0';
}

int reader_fail(JsonReader *r, const char *member, const char *fmt, ...)
{
	size_t mark = strlen(r->path);
	char text[ERROR_TEXT];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (member)
		mark = reader_push(r, member, 0);
	(void)fail(r->err, -EINVAL, "%s%s%s", r->path, r->path[0] ? ": " : "", text);
	reader_pop(r, mark);
	return -EINVAL;
}

const char *text_quoted(const char *s, char *buf, size_t size)
{
	size_t used = 1;

	buf[0] = '"';
	/* Room for the longest escape, the rest of a UTF-8 sequence, the dots, the quote and the
	 * end. */
	for (; *s && (used + 16 < size || (*s & 0xc0) == 0x80); s++) {
		unsigned char c = (unsigned char)*s, next = (unsigned char)s[1];

		if (c < 0x20 || c == 0x7f) {
			used += (size_t)snprintf(buf + used, size - used, "\\x%02x", c);
		} else if (c == 0xc2 && next >= 0x80 && next < 0xa0) {
			/* U+0080 to U+009f: terminals take U+009b for an escape sequence. */
			used += (size_t)snprintf(
				buf + used, size - used, "\\u%04x", (unsigned)next);
			s++;
		} else {
			buf[used++] = (char)c;
		}
	}
	(void)snprintf(buf + used, size - used, "%s\"", *s ? "..." : "");
	return buf;
}

/* The value itself where it is short enough to be shown, else what it is. Returns buf. */
static const char *value_text(const json_t *value, char *buf, size_t size)
{
	const char *word = "null";

	switch (json_typeof(value)) {
	case JSON_STRING: return text_quoted(json_string_value(value), buf, size);
	case JSON_INTEGER:
		(void)snprintf(buf, size, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		return buf;
	case JSON_REAL: (void)snprintf(buf, size, "%.17g", json_real_value(value)); return buf;
	case JSON_OBJECT: word = "an object"; break;
	case JSON_ARRAY: word = "an array"; break;
	case JSON_TRUE: word = "true"; break;
	case JSON_FALSE: word = "false"; break;
	case JSON_NULL: break;
	}
	(void)snprintf(buf, size, "%s", word);
	return buf;
}

int reader_wrong_type(JsonReader *r, const char *member, const char *want, const json_t *value)
{
	char text[QUOTED_MAX];

	return reader_fail(
		r, member, "must be %s, not %s", want, value_text(value, text, sizeof text));
}

static void store_fallback(const Field *f, void *object)
{
	void *member = field_at(object, f->offset);
	int narrow = (int)f->fallback;

	if (f->flags & FIELD_OR_EMPTY)
		*(const char **)member = "";
	else if (f->fallback == 0)
		return;
	else if (f->width == sizeof narrow)
		memcpy(member, &narrow, sizeof narrow);
	else
		memcpy(member, &f->fallback, sizeof f->fallback);
}

static int read_member(JsonReader *r, const Field *f, const json_t *value, void *object)
{
	const json_t *member = json_object_get(value, f->name);
	size_t mark;
	int result;

	if (member && !json_is_null(member)) {
		mark = reader_push(r, f->name, 0);
		result = f->type->parse(r, f, member, object);
		reader_pop(r, mark);
		return result;
	}
	if (f->flags & FIELD_REQUIRED)
		return reader_fail(r, f->name, "must be given");
	store_fallback(f, object);
	return 0;
}

int fields_read(JsonReader *r, const ObjectType *type, const json_t *value, void *object)
{
	int result;

	if (!json_is_object(value))
		return reader_wrong_type(r, NULL, "an object", value);
	for (size_t i = 0; i < type->n_fields; i++) {
		result = read_member(r, &type->fields[i], value, object);
		if (result < 0)
			return result;
	}
	return type->check ? type->check(r, object) : 0;
}

static int write_member(const Field *f, const void *object, json_t *into)
{
	json_t *value = NULL;
	int r = f->type->print(f, object, &value);

	if (r < 0)
		return r;
	if (!value && f->flags & FIELD_PRINT_NULL)
		value = json_null();
	if (!value && f->flags & FIELD_PRINT_LIST)
		value = json_array();
	if (!value)
		return f->flags & FIELD_PRINT_LIST ? -ENOMEM : 0;
	return json_object_set_new(into, f->name, value) < 0 ? -ENOMEM : 0;
}

int fields_write(const ObjectType *type, const void *object, json_t **ret)
{
	_cleanup_json_ json_t *into = json_object();
	int r;

	if (!into)
		return -ENOMEM;
	for (size_t i = 0; i < type->n_fields; i++) {
		r = write_member(&type->fields[i], object, into);
		if (r < 0)
			return r;
	}
	*ret = TAKE_PTR(into);
	return 0;
}

int fields_read_document(const char *text, size_t len, size_t max, const char *what,
	const ObjectType *type, Arena *arena, void *object, Error *err)
{
	JsonReader reader = {.arena = arena, .err = err};
	_cleanup_json_ json_t *value = NULL;
	int r;

	if (len > max)
		return fail(err, -EINVAL, "%s: %zu bytes are more than the %zu that are accepted",
			what, len, max);
	r = json_parse(text, len, what, &value, err);
	if (r < 0)
		return r;
	return fields_read(&reader, type, value, object);
}
