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

void log_line(const char *component, const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	/* One write, so that lines of several processes do not mix. */
	(void)fprintf(stderr, "%s: %s\n", component ? component : default_component, text);
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
