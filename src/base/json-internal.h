/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the parts of the reader have in common. */

#include "base/json.h"

typedef struct JsonParser {
	Arena *arena;
	const char *start, *at, *end; /* of the text; at: the byte that is next */
	const char *what;
	size_t values; /* so far */
	Error *err;
} JsonParser;

#define NO_BYTE (-1)

/* The byte that is next, NO_BYTE at the end. */
static inline int json_peek(const JsonParser *p)
{
	return p->at < p->end ? (unsigned char)*p->at : NO_BYTE;
}

/* Fails with -EINVAL because of the byte at fault. */
int json_refuse(const JsonParser *p, const char *fault, const char *fmt, ...) _printf_(3, 4);

/* Fails with -EINVAL because the byte that is next is not what has to stand there. */
int json_expected(const JsonParser *p, const char *want);

/* Reads the string whose first quote is next. 0, -EINVAL, -ENOMEM. */
int json_read_string(JsonParser *p, const char **ret, size_t *ret_len);
