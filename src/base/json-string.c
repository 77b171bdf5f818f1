/* SPDX-License-Identifier: Apache-2.0 */

/* Reading strings. */

#include "base/json-internal.h"

#include "base/utf8.h"

/* Goes to the next quote or backslash. */
static int skip_plain(JsonParser *p)
{
	while (p->at < p->end) {
		unsigned char c = (unsigned char)*p->at;
		size_t n = 1;

		if (c == '"' || c == '\\')
			return 0;
		if (c < 0x20)
			return json_refuse(p, p->at, "byte 0x%02x must be escaped in a string", c);
		if (c >= 0x80)
			n = utf8_char(p->at, (size_t)(p->end - p->at));
		if (n == 0)
			return json_refuse(p, p->at, "byte 0x%02x is not UTF-8", c);
		p->at += n;
	}
	return json_expected(p, "'\"'");
}

/* The four digits behind "\u". */
static int read_hex(JsonParser *p, uint32_t *ret)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t code = 0;

	for (int i = 0; i < 4; i++, p->at++) {
		int c = json_peek(p);
		const char *digit =
			c > 0 ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;

		if (!digit)
			return json_expected(p, "a hexadecimal digit");
		code = code << 4 | (uint32_t)(digit - digits);
	}
	*ret = code;
	return 0;
}

/* The character of one "\uXXXX", or of two that are a pair of surrogates. */
static int read_character(JsonParser *p, uint32_t *ret)
{
	const char *start = p->at;
	uint32_t code = 0, low = 0;
	int r;

	p->at += 2;
	r = read_hex(p, &code);
	if (r < 0)
		return r;
	if (code == 0)
		return json_refuse(p, start, "\\u0000 is not accepted");
	if (code >= 0xd800 && code < 0xdc00 && p->end - p->at >= 2 && p->at[0] == '\\' &&
		p->at[1] == 'u') {
		p->at += 2;
		r = read_hex(p, &low);
		if (r < 0)
			return r;
		if (low >= 0xdc00 && low < 0xe000)
			code = 0x10000 + ((code - 0xd800) << 10 | (low - 0xdc00));
	}
	if (code >= 0xd800 && code < 0xe000)
		return json_refuse(p, start, "a surrogate without its other half");
	*ret = code;
	return 0;
}

/* Writes a character as UTF-8 and returns the end. */
static char *put_character(char *out, uint32_t code)
{
	if (code < 0x80) {
		*out++ = (char)code;
		return out;
	}
	if (code < 0x800) {
		*out++ = (char)(0xc0 | code >> 6);
	} else if (code < 0x10000) {
		*out++ = (char)(0xe0 | code >> 12);
		*out++ = (char)(0x80 | (code >> 6 & 0x3f));
	} else {
		*out++ = (char)(0xf0 | code >> 18);
		*out++ = (char)(0x80 | (code >> 12 & 0x3f));
		*out++ = (char)(0x80 | (code >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (code & 0x3f));
	return out;
}

static int read_escape(JsonParser *p, char **out)
{
	static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	int c = p->end - p->at >= 2 ? (unsigned char)p->at[1] : NO_BYTE;
	const char *letter = c > 0 ? strchr(letters, c) : NULL;
	uint32_t code = 0;
	int r;

	if (c == 'u') {
		r = read_character(p, &code);
		if (r == 0)
			*out = put_character(*out, code);
		return r;
	}
	p->at++;
	if (!letter)
		return json_expected(p, "one of \"\\/bfnrtu");
	p->at++;
	*(*out)++ = meanings[letter - letters];
	return 0;
}

/* How many bytes there are before the quote that ends a string: it is no shorter than what they
 * mean. */
static size_t string_room(const JsonParser *p)
{
	const char *s = p->at;

	while (s < p->end && *s != '"')
		s += *s == '\\' && p->end - s >= 2 ? 2 : 1;
	return (size_t)(s - p->at);
}

/* The rest of a string behind its plain beginning. */
static int read_escaped(JsonParser *p, const char *begin, const char **ret, size_t *ret_len)
{
	size_t n = (size_t)(p->at - begin);
	char *text = arena_alloc(p->arena, n + string_room(p) + 1), *out = text;
	int r = 0;

	if (!text)
		return fail_oom(p->err);
	for (;;) {
		memcpy(out, begin, n);
		out += n;
		if (*p->at == '"')
			break;
		r = read_escape(p, &out);
		begin = p->at;
		if (r == 0)
			r = skip_plain(p);
		if (r < 0)
			return r;
		n = (size_t)(p->at - begin);
	}
	p->at++;
	*ret = text;
	*ret_len = (size_t)(out - text);
	return 0;
}

int json_read_string(JsonParser *p, const char **ret, size_t *ret_len)
{
	const char *begin = ++p->at;
	int r = skip_plain(p);

	if (r < 0)
		return r;
	if (*p->at == '\\')
		return read_escaped(p, begin, ret, ret_len);
	*ret_len = (size_t)(p->at - begin);
	*ret = arena_strndup(p->arena, begin, *ret_len);
	p->at++;
	return *ret ? 0 : fail_oom(p->err);
}
