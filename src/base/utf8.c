/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <stdint.h>

size_t utf8_char(const char *text, size_t max)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *s = (const unsigned char *)text;
	size_t len = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	uint32_t code = s[0] & (0xffu >> (len + 1));

	if (len <= 1)
		return len;
	if (s[0] >= 0xf8 || len > max)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < smallest[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return len;
}

bool utf8_valid(const char *s)
{
	for (size_t left = strlen(s), n; left > 0; s += n, left -= n) {
		n = utf8_char(s, left);
		if (n == 0)
			return false;
	}
	return true;
}
