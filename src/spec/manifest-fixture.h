/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Helpers of the unit tests of this folder. Include after the system headers that cmocka needs. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <cmocka.h>
#include "base/fd.h"
#include "base/json.h"

/* The golden file of that name, without the newline at its end. */
static inline char *golden_read(const char *name)
{
	char path[512], *text;
	size_t len;

	(void)snprintf(path, sizeof path, "%s/%s", GOLDEN_DIR, name);
	assert_int_equal(fd_read_file(AT_FDCWD, path, 1 << 20, &text, &len, NULL), 0);
	assert_true(len > 0 && text[len - 1] == '\n');
	text[len - 1] = '\0';
	return text;
}

/* Compares what a value is in print with the golden text. */
static inline void assert_prints(const Json *value, const char *expected)
{
	_cleanup_free_ char *printed = NULL;

	assert_int_equal(json_print(value, true, &printed), 0);
	assert_string_equal(printed, expected);
}

/* JSON texts in single quotes are easier to read in C. */
static inline Json *from_quotes(Arena *arena, const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	Json *value;

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	assert_int_equal(json_parse(arena, copy, strlen(copy), text, &value, NULL), 0);
	return value;
}

static inline Json *json_copy(Arena *arena, const Json *value)
{
	Json *copy = arena_memdup(arena, value, sizeof *value);

	copy->next = NULL;
	return copy;
}

/* base with the JSON object change laid over it: members of objects are merged, everything else is
 * replaced, and null takes a member away. */
static inline Json *merge(Arena *arena, const Json *base, const Json *change)
{
	Json *into = json_new(arena, JSON_OBJECT);

	for (const Json *old = json_first_member(base); old; old = old->next) {
		const Json *new = json_get(change, old->name);

		if (json_is(old, JSON_OBJECT) && json_is(new, JSON_OBJECT))
			into = json_add(arena, into, old->name, merge(arena, old, new));
		else if (!json_is(new, JSON_NULL))
			into = json_add(arena, into, old->name, json_copy(arena, new ? new : old));
	}
	for (const Json *new = json_first_member(change); new; new = new->next)
		if (!json_get(base, new->name) && !json_is(new, JSON_NULL))
			into = json_add(arena, into, new->name, json_copy(arena, new));
	return into;
}

static inline char *changed(const char *base, const char *change)
{
	_cleanup_(arena_done) Arena arena = {0};
	const Json *value = merge(&arena, from_quotes(&arena, base), from_quotes(&arena, change));
	char *text;

	assert_int_equal(json_print(value, false, &text), 0);
	return text;
}

/* A document with one rule broken, and what has to be said about it. */
typedef struct BrokenRule {
	const char *change; /* see changed() */
	const char *message;
} BrokenRule;

/* Checks that parse, which frees what it made, refuses base with each change and says what it
 * should. */
static inline void assert_refused(int (*parse)(const char *text, size_t len, Error *err),
	const char *base, const BrokenRule *rules, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_free_ char *text = changed(base, rules[i].change);
		Error err = ERROR_INIT;
		char message[2 * ERROR_TEXT];

		if (parse(text, strlen(text), &err) != -EINVAL)
			fail_msg("accepted: %s", rules[i].change);
		assert_string_equal(error_message(&err, message, sizeof message), rules[i].message);
	}
}
