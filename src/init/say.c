/* SPDX-License-Identifier: Apache-2.0 */
#include "init/say.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>
#include "base/cleanup.h"

static const char *component = "rkt";

void text_puts(Text *t, const char *s)
{
	size_t n = MIN(strlen(s), sizeof t->data - 1 - t->len);

	memcpy(t->data + t->len, s, n);
	t->len += n;
}

void text_number(Text *t, uint64_t n, unsigned min_width, char pad)
{
	char digits[21];
	unsigned i = sizeof digits - 1;

	digits[i] = '\0';
	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	while (sizeof digits - 1 - i < min_width && i > 0)
		digits[--i] = pad;
	text_puts(t, digits + i);
}

const char *text_string(Text *t)
{
	t->data[t->len] = '\0';
	return t->data;
}

int text_to_number(const char *s)
{
	int n = 0;

	for (; *s >= '0' && *s <= '9' && n < 100000000; s++)
		n = n * 10 + (*s - '0');
	return n;
}

void say_set_component(const char *text)
{
	component = text;
}

void say(const char *first, ...)
{
	Text t = {0};
	va_list ap;

	text_puts(&t, component);
	text_puts(&t, ": ");
	va_start(ap, first);
	for (const char *s = first; s; s = va_arg(ap, const char *))
		text_puts(&t, s);
	va_end(ap);
	text_puts(&t, "\n");
	/* A reader who went away is no reason to stop a pod. */
	if (write(STDERR_FILENO, t.data, t.len) < 0)
		return;
}

const char *say_errno(int r)
{
	static char text[64];
	const char *s = strerror(-r);
	size_t n = MIN(strlen(s), sizeof text - 1);

	memcpy(text, s, n);
	text[n] = '\0';
	if (text[0] >= 'A' && text[0] <= 'Z' && !(text[1] >= 'A' && text[1] <= 'Z'))
		text[0] = (char)(text[0] - 'A' + 'a');
	return text;
}
