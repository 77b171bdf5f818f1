/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* JSON (RFC 8259): strict reading, and printing in the form that rkt's users know, that of Go's
 * encoding/json. All values live in an arena and go with it. */

#include <stdint.h>
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"

typedef enum JsonType {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_INTEGER,
	JSON_REAL,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
} JsonType;

/* A value. What it holds is read by the functions below, which accept NULL and any type. */
typedef struct Json Json;
struct Json {
	Json *next;       /* behind it in the same array or object, or NULL */
	const char *name; /* as a member of an object */
	JsonType type;
	uint32_t offset; /* where its name was read */
	union {
		int64_t integer;
		double real;
		struct {
			const char *text;
			size_t len;
		} string;
		struct {
			Json *first, *last;
			size_t n;
		} list; /* items of an array, members of an object in their order */
	};
};

#define JSON_DEPTH_MAX  512       /* arrays and objects inside each other that are read */
#define JSON_VALUES_MAX (1 << 18) /* values of one document: each takes 48 bytes, "1," two */

/* Parses one document, which may be any value. Refused are, beyond what is no JSON: names that an
 * object has twice, "\u0000", surrogates that are no pair, text that is not UTF-8, integers that do
 * not fit into 64 bits and reals that are too large, more than JSON_DEPTH_MAX levels, more than
 * JSON_VALUES_MAX values and more than 4 GiB. 0, -ENOMEM, or -EINVAL with "WHAT: line L, column C:
 * " in front of the reason: the place of the byte at fault, both counted from 1, columns in bytes.
 * What was read stays in the arena also after a failure. text may go when this returns. */
int json_parse(
	Arena *arena, const char *text, size_t len, const char *what, Json **ret, Error *err);

/* Prints on one line, or with one tab per level. '<', '>', '&', U+2028 and U+2029 are escaped, so
 * that the text can stand in HTML and JavaScript. Fresh memory, no newline at the end. 0, -ENOMEM
 * (also for NULL, a value whose making ran out of memory), -E2BIG for more than 256 MiB. */
int json_print(const Json *value, bool pretty, char **ret);

static inline bool json_is(const Json *value, JsonType type)
{
	return value && value->type == type;
}

static inline bool json_is_bool(const Json *value)
{
	return json_is(value, JSON_TRUE) || json_is(value, JSON_FALSE);
}

/* The text of a string, NULL when value is none. */
static inline const char *json_text(const Json *value)
{
	return json_is(value, JSON_STRING) ? value->string.text : NULL;
}

/* 0 when value is no integer. */
static inline int64_t json_integer(const Json *value)
{
	return json_is(value, JSON_INTEGER) ? value->integer : 0;
}

/* The first item of an array, NULL for others; the others are behind it:
 *	for (const Json *item = json_first(array); item; item = item->next) */
static inline const Json *json_first(const Json *value)
{
	return json_is(value, JSON_ARRAY) ? value->list.first : NULL;
}

/* How many items an array has, 0 for others. */
static inline size_t json_count(const Json *value)
{
	return json_is(value, JSON_ARRAY) ? value->list.n : 0;
}

/* The same of the members of an object. */
static inline const Json *json_first_member(const Json *value)
{
	return json_is(value, JSON_OBJECT) ? value->list.first : NULL;
}

static inline size_t json_count_members(const Json *value)
{
	return json_is(value, JSON_OBJECT) ? value->list.n : 0;
}

/* The member of an object with this name, NULL when there is none. */
const Json *json_get(const Json *object, const char *name);

/* Making values. All return NULL when memory is out, and those below them pass on a NULL that they
 * are given, so that whether all went well is seen once, at the end. */
Json *json_new(Arena *arena, JsonType type); /* null, false, true, [] or {} */
Json *json_new_bool(Arena *arena, bool set);
Json *json_new_integer(Arena *arena, int64_t number);
Json *json_new_real(Arena *arena, double number); /* a finite one */

/* Copies. NULL also when the text is not UTF-8. The second form may hold NUL bytes. */
Json *json_new_text(Arena *arena, const char *s);
Json *json_new_bytes(Arena *arena, const char *s, size_t len);

/* JSON holds characters, and names and contents of files are bytes: one that is no part of any
 * becomes U+FFFD. */
Json *json_new_lossy(Arena *arena, const char *s, size_t len);

/* A value with all that is in it, which may stand elsewhere: what it holds is shared. */
Json *json_shared(Arena *arena, const Json *value);

/* Append an item to array, a member to object, and return array or object. item and value must not
 * stand elsewhere, the object must not have the name, which is copied, yet. */
#define _json_used_ __attribute__((warn_unused_result))
Json *json_append(Json *array, Json *item) _json_used_;
Json *json_add(Arena *arena, Json *object, const char *name, Json *value) _json_used_;
Json *json_add_text(Arena *arena, Json *object, const char *name, const char *s) _json_used_;
Json *json_add_integer(Arena *arena, Json *object, const char *name, int64_t number) _json_used_;
