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

/* Takes a printed value (and its reference) and compares it with the golden text. */
static inline void assert_prints(json_t *value, const char *expected)
{
	_cleanup_free_ char *printed = NULL;

	assert_non_null(value);
	assert_int_equal(json_print(value, true, &printed), 0);
	json_decref(value);
	assert_string_equal(printed, expected);
}

/* base with the JSON object change laid over it: members of objects are merged, everything else is
 * replaced, and null takes a member away. JSON texts in single quotes are easier to read in C, so
 * both use them for double ones. */
static inline void merge(json_t *into, json_t *change)
{
	const char *name;
	json_t *value, *old;

	json_object_foreach (change, name, value) {
		old = json_object_get(into, name);
		if (json_is_null(value))
			json_object_del(into, name);
		else if (json_is_object(value) && json_is_object(old))
			merge(old, value);
		else
			json_object_set(into, name, value);
	}
}

static inline json_t *from_quotes(const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	json_t *value;

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	value = json_loads(copy, JSON_DECODE_ANY, NULL);
	assert_non_null(value);
	return value;
}

static inline char *changed(const char *base, const char *change)
{
	json_t *value = from_quotes(base), *over = from_quotes(change);
	char *text;

	merge(value, over);
	text = json_dumps(value, JSON_COMPACT);
	json_decref(value);
	json_decref(over);
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
