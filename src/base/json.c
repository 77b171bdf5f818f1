/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <sys/auxv.h>
#include "base/strbuf.h"

#define OUTPUT_MAX (256u << 20)

/* jansson would open /dev/urandom for the seed of its hash; the kernel has given every program
 * random bytes already (getauxval(3), AT_RANDOM). */
static void seed(void)
{
	const unsigned char *bytes = (const unsigned char *)getauxval(AT_RANDOM);
	static bool done;
	size_t value = 0;

	for (size_t i = 0; !done && bytes && i < sizeof value; i++)
		value = value << 8 | bytes[i];
	if (!done)
		json_object_seed(value);
	done = true;
}

int json_parse(const char *text, size_t len, const char *what, json_t **ret, Error *err)
{
	json_error_t e;
	json_t *value;

	seed();
	value = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e);
	if (!value)
		return fail(err, -EINVAL, "%s: line %d, column %d: %s", what, e.line, e.column,
			e.text[0] ? e.text : "out of memory");
	*ret = value;
	return 0;
}

/* Go escapes these three so that JSON can stand inside HTML. Outside strings they do not occur. */
static void put_escaped(StrBuf *out, const char *s, size_t n)
{
	while (n > 0) {
		size_t plain = 0;

		while (plain < n && s[plain] != '<' && s[plain] != '>' && s[plain] != '&')
			plain++;
		strbuf_add(out, s, plain);
		s += plain;
		n -= plain;
		if (n > 0) {
			strbuf_printf(out, "\\u%04x", (unsigned char)*s);
			s++;
			n--;
		}
	}
}

int json_print(const json_t *value, bool pretty, char **ret)
{
	size_t flags = JSON_ENCODE_ANY | (pretty ? JSON_INDENT(1) : JSON_COMPACT);
	_cleanup_free_ char *text = json_dumps(value, flags);
	_cleanup_strbuf_ StrBuf out = STRBUF_INIT(OUTPUT_MAX);

	if (!text)
		return -ENOMEM;
	/* A newline is only ever layout here: inside strings it is escaped. So the blanks behind
	 * one are indentation. */
	for (const char *line = text; *line;) {
		size_t blanks = pretty ? strspn(line, " ") : 0;
		size_t n = strcspn(line, "\n");

		for (size_t i = 0; i < blanks; i++)
			strbuf_putc(&out, '\t');
		n += line[n] == '\n';
		put_escaped(&out, line + blanks, n - blanks);
		line += n;
	}
	return strbuf_finish(&out, ret, NULL);
}
