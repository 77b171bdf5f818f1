/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/base64.h"

#include <stdint.h>
#include "base/cleanup.h"
#include "base/macro.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int base64_encode(const void *data, size_t len, char **ret)
{
	const unsigned char *in = data;
	char *text = malloc((len + 2) / 3 * 4 + 1), *out = text;

	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < len; i += 3) {
		size_t n = MIN(len - i, (size_t)3);
		uint32_t bits = (uint32_t)in[i] << 16 | (n > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
				(n > 2 ? in[i + 2] : 0);

		for (size_t k = 0; k < 4; k++)
			*out++ = k <= n ? digits[bits >> (18 - 6 * k) & 0x3f] : '=';
	}
	*out = '\0';
	*ret = text;
	return 0;
}

/* The length without the padding, which must fill up the last four characters. -EINVAL when the
 * text can be none. */
static ssize_t unpadded_len(const char *text, size_t len)
{
	size_t n = len;

	while (n > 0 && len - n < 2 && text[n - 1] == '=')
		n--;
	return (n < len && len % 4 != 0) || n % 4 == 1 ? -EINVAL : (ssize_t)n;
}

int base64_decode(const char *text, size_t len, char **ret, size_t *ret_len)
{
	ssize_t n = unpadded_len(text, len);
	_cleanup_free_ char *data = n < 0 ? NULL : malloc((size_t)n / 4 * 3 + 3);
	size_t used = 0;
	uint32_t bits = 0;

	if (!data)
		return n < 0 ? (int)n : -ENOMEM;
	for (size_t i = 0; i < (size_t)n; i++) {
		const char *digit = memchr(digits, text[i], sizeof digits - 1);

		if (!digit)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)(digit - digits);
		/* The first digit of four completes no byte. */
		if (i % 4 > 0)
			data[used++] = (char)(bits >> (6 - 2 * (i % 4)));
	}
	data[used] = '\0';
	*ret = TAKE_PTR(data);
	*ret_len = used;
	return 0;
}
