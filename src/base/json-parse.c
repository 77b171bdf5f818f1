/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json-internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* The names of an object with up to so many members are compared one by one. */
#define MEMBERS_FEW 16

int json_refuse(const JsonParser *p, const char *fault, const char *fmt, ...)
{
	size_t line = 1, column = 1;
	char reason[ERROR_TEXT];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(reason, sizeof reason, fmt, ap);
	va_end(ap);
	for (const char *s = p->start; s < fault; s++) {
		column = *s == '\n' ? 1 : column + 1;
		line += *s == '\n';
	}
	return fail(p->err, -EINVAL, "%s: line %zu, column %zu: %s", p->what, line, column, reason);
}

int json_expected(const JsonParser *p, const char *want)
{
	int c = json_peek(p);

	if (c == NO_BYTE)
		return json_refuse(p, p->at, "expected %s, not the end", want);
	if (c > ' ' && c < 0x7f)
		return json_refuse(p, p->at, "expected %s, not '%c'", want, c);
	return json_refuse(p, p->at, "expected %s, not byte 0x%02x", want, (unsigned)c);
}

static void skip_blanks(JsonParser *p)
{
	while (p->at < p->end &&
		(*p->at == ' ' || *p->at == '\n' || *p->at == '\t' || *p->at == '\r'))
		p->at++;
}

static int parse_word(JsonParser *p, const char *word, JsonType type, Json *value)
{
	for (const char *c = word; *c; c++, p->at++)
		if (json_peek(p) != *c)
			return json_expected(p, word);
	value->type = type;
	return 0;
}

/* Numbers */

static int skip_digits(JsonParser *p)
{
	const char *first = p->at;

	while (json_peek(p) >= '0' && json_peek(p) <= '9')
		p->at++;
	return p->at > first ? 0 : json_expected(p, "a digit");
}

/* Digits with a sign. Counted downwards, since there is one number more on that side. */
static bool read_integer(const char *s, const char *end, int64_t *ret)
{
	bool negative = *s == '-';
	int64_t n = 0;

	for (s += negative; s < end; s++)
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_sub_overflow(n, *s - '0', &n))
			return false;
	*ret = n;
	return negative || !__builtin_sub_overflow(0, n, ret);
}

/* What stands behind the digits of a real: a fraction, an exponent, or both. */
static int skip_fraction(JsonParser *p)
{
	int r = 0;

	if (json_peek(p) == '.') {
		p->at++;
		r = skip_digits(p);
	}
	if (r == 0 && (json_peek(p) == 'e' || json_peek(p) == 'E')) {
		p->at++;
		if (json_peek(p) == '+' || json_peek(p) == '-')
			p->at++;
		r = skip_digits(p);
	}
	return r;
}

static int parse_real(JsonParser *p, const char *start, Json *value)
{
	const char *text;
	int r = skip_fraction(p);

	if (r < 0)
		return r;
	text = arena_strndup(p->arena, start, (size_t)(p->at - start));
	if (!text)
		return fail_oom(p->err);
	value->type = JSON_REAL;
	value->real = strtod(text, NULL);
	return isinf(value->real) ? json_refuse(p, start, "the number is too large") : 0;
}

static int parse_number(JsonParser *p, Json *value)
{
	const char *start = p->at, *digits;
	int r;

	p->at += *p->at == '-';
	digits = p->at;
	r = skip_digits(p);
	if (r < 0)
		return r;
	if (*digits == '0' && p->at > digits + 1)
		return json_refuse(p, digits, "a number must not begin with 0");
	if (json_peek(p) == '.' || json_peek(p) == 'e' || json_peek(p) == 'E')
		return parse_real(p, start, value);
	value->type = JSON_INTEGER;
	if (!read_integer(start, p->at, &value->integer))
		return json_refuse(p, start, "the integer does not fit into 64 bits");
	return 0;
}

/* Arrays and objects */

static int parse_value(JsonParser *p, unsigned depth, Json *value);

/* At what stands behind an item: a comma, which is skipped, or the bracket that ends the list. */
static int next_item(JsonParser *p, char bracket, const char *want, bool *ret_more)
{
	skip_blanks(p);
	*ret_more = json_peek(p) == ',';
	if (!*ret_more && json_peek(p) != bracket)
		return json_expected(p, want);
	p->at++;
	return 0;
}

static int parse_array(JsonParser *p, unsigned depth, Json *array)
{
	bool more;
	int r = 0;

	p->at++;
	array->type = JSON_ARRAY;
	skip_blanks(p);
	more = json_peek(p) != ']';
	p->at += !more;
	while (more && r == 0) {
		Json *item = arena_new(p->arena, Json, 1);

		if (!json_append(array, item))
			return fail_oom(p->err);
		r = parse_value(p, depth, item);
		if (r == 0)
			r = next_item(p, ']', "',' or ']'", &more);
	}
	return r;
}

static int twice(const JsonParser *p, const char *name)
{
	return json_refuse(p, name, "the object has this name already");
}

static int by_name(const void *a, const void *b)
{
	const Json *x = *(const Json *const *)a, *y = *(const Json *const *)b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->offset > y->offset) - (x->offset < y->offset);
}

/* Whether all names differ. Sorted, lest an object with very many takes forever. */
static int check_names(const JsonParser *p, const Json *object)
{
	const Json **sorted = arena_new(p->arena, const Json *, object->list.n);
	size_t n = 0;

	if (!sorted)
		return fail_oom(p->err);
	for (const Json *member = object->list.first; member; member = member->next)
		sorted[n++] = member;
	qsort(sorted, n, sizeof(const Json *), by_name);
	for (size_t i = 1; i < n; i++)
		if (streq(sorted[i - 1]->name, sorted[i]->name))
			return twice(p, p->start + sorted[i]->offset);
	return 0;
}

static int parse_member(JsonParser *p, unsigned depth, Json *object)
{
	const char *start, *name;
	Json *member;
	size_t len;
	int r;

	skip_blanks(p);
	start = p->at;
	if (json_peek(p) != '"')
		return json_expected(p, "a name in double quotes");
	r = json_read_string(p, &name, &len);
	if (r < 0)
		return r;
	if (object->list.n < MEMBERS_FEW && json_get(object, name))
		return twice(p, start);
	skip_blanks(p);
	if (json_peek(p) != ':')
		return json_expected(p, "':'");
	p->at++;
	member = arena_new(p->arena, Json, 1);
	if (!json_append(object, member))
		return fail_oom(p->err);
	member->name = name;
	member->offset = (uint32_t)(start - p->start);
	return parse_value(p, depth, member);
}

static int parse_object(JsonParser *p, unsigned depth, Json *object)
{
	bool more;
	int r = 0;

	p->at++;
	object->type = JSON_OBJECT;
	skip_blanks(p);
	more = json_peek(p) != '}';
	p->at += !more;
	while (more && r == 0) {
		r = parse_member(p, depth, object);
		if (r == 0)
			r = next_item(p, '}', "',' or '}'", &more);
	}
	return r == 0 && object->list.n > MEMBERS_FEW ? check_names(p, object) : r;
}

/* A value inside depth arrays and objects. */
static int parse_value(JsonParser *p, unsigned depth, Json *value)
{
	int c;

	skip_blanks(p);
	c = json_peek(p);
	if ((c == '[' || c == '{') && depth == JSON_DEPTH_MAX)
		return json_refuse(p, p->at, "nested more than %d levels deep", JSON_DEPTH_MAX);
	if (++p->values > JSON_VALUES_MAX)
		return json_refuse(p, p->at, "more than %d values", JSON_VALUES_MAX);
	switch (c) {
	case '[': return parse_array(p, depth + 1, value);
	case '{': return parse_object(p, depth + 1, value);
	case '"':
		value->type = JSON_STRING;
		return json_read_string(p, &value->string.text, &value->string.len);
	case 't': return parse_word(p, "true", JSON_TRUE, value);
	case 'f': return parse_word(p, "false", JSON_FALSE, value);
	case 'n': return parse_word(p, "null", JSON_NULL, value);
	default:
		if (c == '-' || (c >= '0' && c <= '9'))
			return parse_number(p, value);
		return json_expected(p, "a value");
	}
}

int json_parse(Arena *arena, const char *text, size_t len, const char *what, Json **ret, Error *err)
{
	JsonParser p = {.arena = arena,
		.start = text,
		.at = text,
		.end = text + len,
		.what = what,
		.err = err};
	Json *value = arena_new(arena, Json, 1);
	int r;

	if (!value)
		return fail_oom(err);
	if (len > UINT32_MAX)
		return fail(err, -EINVAL, "%s: more than 4 GiB", what);
	r = parse_value(&p, 0, value);
	if (r < 0)
		return r;
	skip_blanks(&p);
	if (p.at < p.end)
		return json_expected(&p, "the end");
	*ret = value;
	return 0;
}
