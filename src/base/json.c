/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/strbuf.h"
#include "base/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd"

const Json *json_get(const Json *object, const char *name)
{
	for (const Json *member = json_first_member(object); member; member = member->next)
		if (streq(member->name, name))
			return member;
	return NULL;
}

Json *json_new(Arena *arena, JsonType type)
{
	Json *value = arena_new(arena, Json, 1);

	if (value)
		value->type = type;
	return value;
}

Json *json_new_bool(Arena *arena, bool set)
{
	return json_new(arena, set ? JSON_TRUE : JSON_FALSE);
}

Json *json_new_integer(Arena *arena, int64_t number)
{
	Json *value = json_new(arena, JSON_INTEGER);

	if (value)
		value->integer = number;
	return value;
}

Json *json_new_real(Arena *arena, double number)
{
	Json *value = json_new(arena, JSON_REAL);

	if (value)
		value->real = number;
	return value;
}

Json *json_new_bytes(Arena *arena, const char *s, size_t len)
{
	Json *value;

	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_char(s + i, len - i);
		if (n == 0)
			return NULL;
	}
	value = json_new(arena, JSON_STRING);
	if (!value)
		return NULL;
	value->string.text = arena_strndup(arena, s, len);
	value->string.len = len;
	return value->string.text ? value : NULL;
}

Json *json_new_text(Arena *arena, const char *s)
{
	return s ? json_new_bytes(arena, s, strlen(s)) : NULL;
}

Json *json_new_lossy(Arena *arena, const char *s, size_t len)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(sizeof REPLACEMENT * (len + 1));

	for (size_t i = 0, n; i < len; i += n ? n : 1) {
		n = utf8_char(s + i, len - i);
		if (n > 0)
			strbuf_add(&text, s + i, n);
		else
			strbuf_puts(&text, REPLACEMENT);
	}
	return text.error ? NULL : json_new_bytes(arena, strbuf_text(&text), text.len);
}

Json *json_append(Json *array, Json *item)
{
	if (!array || !item)
		return NULL;
	if (array->list.last)
		array->list.last->next = item;
	else
		array->list.first = item;
	array->list.last = item;
	array->list.n++;
	return array;
}

Json *json_add(Arena *arena, Json *object, const char *name, Json *value)
{
	if (!object || !value)
		return NULL;
	value->name = arena_strdup(arena, name);
	return value->name ? json_append(object, value) : NULL;
}

Json *json_add_text(Arena *arena, Json *object, const char *name, const char *s)
{
	return json_add(arena, object, name, json_new_text(arena, s));
}

Json *json_add_integer(Arena *arena, Json *object, const char *name, int64_t number)
{
	return json_add(arena, object, name, json_new_integer(arena, number));
}

Json *json_shared(Arena *arena, const Json *value)
{
	Json *copy = value ? arena_memdup(arena, value, sizeof *value) : NULL;

	if (copy) {
		copy->next = NULL;
		copy->name = NULL;
	}
	return copy;
}
