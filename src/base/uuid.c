/* SPDX-License-Identifier: Apache-2.0 */
#include "base/uuid.h"

#include <errno.h>
#include <sys/random.h>

static bool is_dash_position(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

int uuid_generate(char ret[static UUID_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char raw[16];
	size_t nibble = 0;

	if (getrandom(raw, sizeof raw, 0) != sizeof raw)
		return -EIO;
	raw[6] = (raw[6] & 0x0f) | 0x40;
	raw[8] = (raw[8] & 0x3f) | 0x80;
	for (size_t i = 0; i < UUID_TEXT - 1; i++) {
		if (is_dash_position(i)) {
			ret[i] = '-';
			continue;
		}
		ret[i] = digits[nibble % 2 ? raw[nibble / 2] & 0xf : raw[nibble / 2] >> 4];
		nibble++;
	}
	ret[UUID_TEXT - 1] = '\0';
	return 0;
}

bool uuid_valid(const char *s)
{
	for (size_t i = 0; i < UUID_TEXT - 1; i++) {
		bool hex = (s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f');

		if (is_dash_position(i) ? s[i] != '-' : !hex)
			return false;
	}
	return s[UUID_TEXT - 1] == '\0';
}
