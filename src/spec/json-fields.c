/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/json-fields.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#define READER_PATH 256

size_t reader_push(JsonReader *r, const char *name, size_t index)
{
	if (r->depth < READER_DEPTH)
		r->steps[r->depth] = (JsonStep){.name = name, .index = index};
	return r->depth++;
}

void reader_pop(JsonReader *r, size_t mark)
{
	r->depth = mark;
}

/* The path as text: "app.ports[0].port". Returns buf. */
static const char *reader_path(const JsonReader *r, char buf[static READER_PATH])
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < MIN(r->depth, (size_t)READER_DEPTH); i++) {
		const JsonStep *step = &r->steps[i];

		if (step->name)
			(void)snprintf(buf + used, READER_PATH - used, "%s%s", used > 0 ? "." : "",
				step->name);
		else
			(void)snprintf(buf + used, READER_PATH - used, "[%zu]", step->index);
		used += strlen(buf + used);
	}
	return buf;
}

int reader_fail(JsonReader *r, const char *member, const char *fmt, ...)
{
	size_t mark = r->depth;
	char text[ERROR_TEXT], path[READER_PATH];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (member)
		(void)reader_push(r, member, 0);
	(void)fail(r->err, -EINVAL, "%s%s%s", reader_path(r, path), r->depth > 0 ? ": " : "", text);
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
static const char *value_text(const Json *value, char *buf, size_t size)
{
	const char *word = "null";

	switch (value->type) {
	case JSON_STRING: return text_quoted(json_text(value), buf, size);
	case JSON_INTEGER: (void)snprintf(buf, size, "%" PRId64, value->integer); return buf;
	case JSON_REAL: (void)snprintf(buf, size, "%.17g", value->real); return buf;
	case JSON_OBJECT: word = "an object"; break;
	case JSON_ARRAY: word = "an array"; break;
	case JSON_TRUE: word = "true"; break;
	case JSON_FALSE: word = "false"; break;
	case JSON_NULL: break;
	}
	(void)snprintf(buf, size, "%s", word);
	return buf;
}

int reader_wrong_type(JsonReader *r, const char *member, const char *want, const Json *value)
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

static int read_member(JsonReader *r, const Field *f, const Json *value, void *object)
{
	const Json *member = json_get(value, f->name);
	size_t mark;
	int result;

	if (member && !json_is(member, JSON_NULL)) {
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

int fields_read(JsonReader *r, const ObjectType *type, const Json *value, void *object)
{
	int result;

	if (!json_is(value, JSON_OBJECT))
		return reader_wrong_type(r, NULL, "an object", value);
	for (size_t i = 0; i < type->n_fields; i++) {
		result = read_member(r, &type->fields[i], value, object);
		if (result < 0)
			return result;
	}
	return type->check ? type->check(r, object) : 0;
}

/* Returns into, NULL when memory is out. */
static Json *write_member(Arena *arena, const Field *f, const void *object, Json *into)
{
	Json *value = NULL;

	if (f->type->print(arena, f, object, &value) < 0)
		return NULL;
	if (value)
		return json_add(arena, into, f->name, value);
	if (f->flags & FIELD_PRINT_NULL)
		return json_add(arena, into, f->name, json_new(arena, JSON_NULL));
	if (f->flags & FIELD_PRINT_LIST)
		return json_add(arena, into, f->name, json_new(arena, JSON_ARRAY));
	return into;
}

Json *fields_write(Arena *arena, const ObjectType *type, const void *object)
{
	Json *into = json_new(arena, JSON_OBJECT);

	for (size_t i = 0; i < type->n_fields && into; i++)
		into = write_member(arena, &type->fields[i], object, into);
	return into;
}

int fields_read_document(const char *text, size_t len, size_t max, const char *what,
	const ObjectType *type, Arena *arena, void *object, Error *err)
{
	JsonReader reader = {.arena = arena, .err = err};
	_cleanup_(arena_done) Arena of_text = {0};
	Json *value;
	int r;

	if (len > max)
		return fail(err, -EINVAL, "%s: %zu bytes are more than the %zu that are accepted",
			what, len, max);
	r = json_parse(&of_text, text, len, what, &value, err);
	if (r < 0)
		return r;
	return fields_read(&reader, type, value, object);
}
