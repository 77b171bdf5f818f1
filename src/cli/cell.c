/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cell.h"

#include "base/utf8.h"

/* U+0080 to U+009F are two bytes. */
static bool is_control(const unsigned char *c, size_t len)
{
	return len == 0 || c[0] < ' ' || c[0] == 0x7f || (len == 2 && c[0] == 0xc2 && c[1] <= 0x9f);
}

void cell_add(StrBuf *table, const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end) {
		size_t n = utf8_char(text, (size_t)(end - text));

		if (!is_control((const unsigned char *)text, n)) {
			strbuf_add(table, text, n);
			text += n;
			continue;
		}
		if (*text == '\n' || *text == '\t')
			strbuf_puts(table, *text == '\n' ? "\\n" : "\\t");
		else
			strbuf_printf(table, "\\x%02x", (unsigned char)*text);
		text++;
	}
}
