/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A growing string with a ceiling. The ceiling is given at birth; growing past it, or running out
 * of memory, turns the buffer into a failed one: it frees its content, ignores all further
 * additions, and strbuf_finish() reports the error. So callers append freely and check once. The
 * text is always NUL-terminated. */

#include <stdarg.h>
#include "base/cleanup.h"
#include "base/macro.h"

typedef struct StrBuf {
	char *text; /* NULL while empty or failed */
	size_t len;
	size_t size;
	size_t max;
	int error; /* 0, -ENOMEM or -E2BIG */
} StrBuf;

#define STRBUF_INIT(ceiling)                                                                       \
	{                                                                                          \
		.max = (ceiling)                                                                   \
	}

void strbuf_done(StrBuf *b);
void strbuf_add(StrBuf *b, const void *data, size_t len);
void strbuf_puts(StrBuf *b, const char *s);
void strbuf_putc(StrBuf *b, char c);
void strbuf_printf(StrBuf *b, const char *fmt, ...) _printf_(2, 3);
void strbuf_vprintf(StrBuf *b, const char *fmt, va_list ap);

/* Empties the buffer but keeps its memory. */
void strbuf_clear(StrBuf *b);

/* The text so far, "" when empty. Valid until the next change. */
const char *strbuf_text(const StrBuf *b);

/* Hands the text to the caller (never NULL) and leaves an empty buffer. 0, -ENOMEM, or -E2BIG past
 * the ceiling. */
int strbuf_finish(StrBuf *b, char **ret_text, size_t *ret_len);

#define _cleanup_strbuf_ _cleanup_(strbuf_done)

/* printf into fresh memory. 0 or -ENOMEM. */
int str_format(char **ret, const char *fmt, ...) _printf_(2, 3);
