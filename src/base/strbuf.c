/* SPDX-License-Identifier: Apache-2.0 */
#include "base/strbuf.h"

#include <stdio.h>
#include <string.h>

#define SHORT_TEXT 256 /* most are; they are not measured first */

void strbuf_done(StrBuf *b)
{
	free(b->text);
	b->text = NULL;
	b->len = b->size = 0;
}

static void give_up(StrBuf *b, int error)
{
	strbuf_done(b);
	b->error = error;
}

/* Makes room for extra more bytes and the terminator. */
static bool reserve(StrBuf *b, size_t extra)
{
	size_t want, size;
	char *text;

	if (b->error)
		return false;
	if (extra > b->max || b->len > b->max - extra) {
		give_up(b, -E2BIG);
		return false;
	}
	want = b->len + extra + 1;
	if (want <= b->size)
		return true;
	size = MAX(want, b->size * 2);
	size = MAX(size, (size_t)64);
	text = realloc(b->text, size);
	if (!text) {
		give_up(b, -ENOMEM);
		return false;
	}
	b->text = text;
	b->size = size;
	return true;
}

void strbuf_add(StrBuf *b, const void *data, size_t len)
{
	if (!reserve(b, len))
		return;
	if (len > 0)
		memcpy(b->text + b->len, data, len);
	b->len += len;
	b->text[b->len] = '\0';
}

void strbuf_puts(StrBuf *b, const char *s)
{
	strbuf_add(b, s, strlen(s));
}

void strbuf_putc(StrBuf *b, char c)
{
	strbuf_add(b, &c, 1);
}

void strbuf_vprintf(StrBuf *b, const char *fmt, va_list ap)
{
	size_t room = b->size - b->len;
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(room ? b->text + b->len : NULL, room, fmt, ap);
	if (n < 0) {
		give_up(b, -EINVAL);
	} else if (reserve(b, (size_t)n)) {
		if ((size_t)n >= room)
			(void)vsnprintf(b->text + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void strbuf_printf(StrBuf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vprintf(b, fmt, ap);
	va_end(ap);
}

void strbuf_clear(StrBuf *b)
{
	b->len = 0;
	if (b->text)
		b->text[0] = '\0';
}

const char *strbuf_text(const StrBuf *b)
{
	return b->text ? b->text : "";
}

int strbuf_finish(StrBuf *b, char **ret_text, size_t *ret_len)
{
	if (!b->error && !b->text)
		(void)reserve(b, 0);
	if (b->error)
		return b->error;
	b->text[b->len] = '\0';
	if (ret_len)
		*ret_len = b->len;
	*ret_text = TAKE_PTR(b->text);
	b->len = b->size = 0;
	return 0;
}

int str_format(char **ret, const char *fmt, ...)
{
	char text[SHORT_TEXT];
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(text, sizeof text, fmt, ap);
	if (n < 0)
		*ret = NULL;
	else if ((size_t)n < sizeof text)
		*ret = strndup(text, (size_t)n);
	else if (vasprintf(ret, fmt, again) < 0)
		*ret = NULL;
	va_end(again);
	va_end(ap);
	return *ret ? 0 : -ENOMEM;
}
