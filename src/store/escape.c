/* SPDX-License-Identifier: Apache-2.0 */
#include "store/escape.h"

/* isalnum() would ask the locale. */
static bool plain(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || (c == '.' && !first);
}

void escape_add(StrBuf *b, const char *text)
{
	for (const char *p = text; *p; p++) {
		if (plain(*p, p == text))
			strbuf_putc(b, *p);
		else
			strbuf_printf(b, "%%%02X", (unsigned)(unsigned char)*p);
	}
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int escape_undo(char *text)
{
	char *out = text;

	for (const char *p = text; *p; p++) {
		int high, low;

		if (*p != '%') {
			if (!plain(*p, p == text))
				return -EINVAL;
			*out++ = *p;
			continue;
		}
		high = hex_value(p[1]);
		low = high < 0 ? -1 : hex_value(p[2]);
		if (low < 0 || (high == 0 && low == 0))
			return -EINVAL;
		*out++ = (char)(high << 4 | low);
		p += 2;
	}
	*out = '\0';
	return 0;
}
