/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

static const char *default_component = "rkt";
static bool debug;

void log_set_component(const char *text)
{
	default_component = text;
}

void log_set_debug(bool on)
{
	debug = on;
}

/* What servers and images say ends up in messages: it must not speak to the terminal. Control
 * characters become '?', those of UTF-8 (U+0080 to U+009F) two of them. */
static void disarm(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c; c++) {
		if ((*c < ' ' && *c != '\n' && *c != '\t') || *c == 0x7f)
			*c = '?';
		else if (*c == 0xc2 && c[1] >= 0x80 && c[1] <= 0x9f)
			c[0] = c[1] = '?';
	}
}

void log_line(const char *component, const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	disarm(text);
	/* One write, so that lines of several processes do not mix. */
	(void)fprintf(stderr, "%s: %s\n", component ? component : default_component, text);
}

void log_text(const char *text)
{
	log_line(NULL, "%s", text);
}

void log_error(const Error *err)
{
	char text[2 * ERROR_TEXT + 2];

	if (!debug) {
		log_line(NULL, "%s", error_message(err, text, sizeof text));
	} else {
		for (unsigned i = err->n_frames; i > 0; i--) {
			const ErrorFrame *frame = &err->frames[i - 1];
			unsigned depth = err->n_frames - i;

			if (depth == 0)
				log_line(NULL, "%s", frame->text);
			else
				log_line(NULL, "%*s└─%s", (int)depth * 2, "", frame->text);
		}
	}
	if (err->hint[0])
		log_line(NULL, "hint: %s", err->hint);
}
