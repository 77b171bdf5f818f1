/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <float.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/strbuf.h"

#define OUTPUT_MAX (256u << 20)

typedef struct Printer {
	StrBuf out;
	bool pretty;
} Printer;

/* How a byte is written in a string where it does not stand for itself, NULL where it does. buf
 * takes six bytes and the terminator. */
static const char *escape(unsigned char c, char buf[static 7])
{
	switch (c) {
	case '"': return "\\\"";
	case '\\': return "\\\\";
	case '\n': return "\\n";
	case '\r': return "\\r";
	case '\t': return "\\t";
	default: break;
	}
	if (c >= 0x20 && c != '<' && c != '>' && c != '&')
		return NULL;
	(void)snprintf(buf, 7, "\\u%04x", c);
	return buf;
}

/* U+2028 and U+2029, which end a line in JavaScript, or NULL. */
static const char *escape_separator(const char *s, size_t len)
{
	if (len < 3 || s[0] != '\xe2' || s[1] != '\x80' || (s[2] & ~1) != '\xa8')
		return NULL;
	return s[2] == '\xa8' ? "\\u2028" : "\\u2029";
}

static void put_string(StrBuf *out, const char *s, size_t len)
{
	size_t plain = 0, i = 0;
	char buf[7];

	strbuf_putc(out, '"');
	while (i < len) {
		const char *separator = escape_separator(s + i, len - i);
		const char *escaped = separator ? separator : escape((unsigned char)s[i], buf);

		if (escaped) {
			strbuf_add(out, s + plain, i - plain);
			strbuf_puts(out, escaped);
		}
		i += separator ? 3 : 1;
		if (escaped)
			plain = i;
	}
	strbuf_add(out, s + plain, len - plain);
	strbuf_putc(out, '"');
}

/* With as many digits as it takes to read back as the same number, and as a real again. */
static void put_real(StrBuf *out, double real)
{
	char text[40];

	for (int digits = DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
		(void)snprintf(text, sizeof text, "%.*g", digits, real);
		if (strtod(text, NULL) == real)
			break;
	}
	strbuf_puts(out, text);
	if (!strpbrk(text, ".e"))
		strbuf_puts(out, ".0");
}

static void new_line(Printer *p, size_t depth)
{
	if (p->pretty)
		strbuf_putc(&p->out, '\n');
	for (size_t i = 0; p->pretty && i < depth; i++)
		strbuf_putc(&p->out, '\t');
}

static void put_value(Printer *p, const Json *value, size_t depth);

/* An array, or an object, whose items have names. */
static void put_list(Printer *p, const Json *list, size_t depth)
{
	bool named = list->type == JSON_OBJECT;

	strbuf_putc(&p->out, named ? '{' : '[');
	for (const Json *item = list->list.first; item; item = item->next) {
		new_line(p, depth + 1);
		if (named) {
			put_string(&p->out, item->name, strlen(item->name));
			strbuf_puts(&p->out, p->pretty ? ": " : ":");
		}
		put_value(p, item, depth + 1);
		if (item->next)
			strbuf_putc(&p->out, ',');
	}
	if (list->list.n > 0)
		new_line(p, depth);
	strbuf_putc(&p->out, named ? '}' : ']');
}

static void put_value(Printer *p, const Json *value, size_t depth)
{
	switch (value->type) {
	case JSON_NULL: strbuf_puts(&p->out, "null"); break;
	case JSON_FALSE: strbuf_puts(&p->out, "false"); break;
	case JSON_TRUE: strbuf_puts(&p->out, "true"); break;
	case JSON_INTEGER: strbuf_printf(&p->out, "%" PRId64, value->integer); break;
	case JSON_REAL: put_real(&p->out, value->real); break;
	case JSON_STRING: put_string(&p->out, value->string.text, value->string.len); break;
	case JSON_ARRAY:
	case JSON_OBJECT: put_list(p, value, depth); break;
	}
}

int json_print(const Json *value, bool pretty, char **ret)
{
	Printer p = {.out = STRBUF_INIT(OUTPUT_MAX), .pretty = pretty};

	if (!value)
		return -ENOMEM;
	put_value(&p, value, 0);
	return strbuf_finish(&p.out, ret, NULL);
}
