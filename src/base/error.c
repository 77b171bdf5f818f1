/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static ErrorFrame *next_frame(Error *err)
{
	if (err->n_frames < ERROR_FRAMES)
		err->n_frames++;
	return &err->frames[err->n_frames - 1];
}

static void fill_frame(Error *err, const char *file, int line, const char *fmt, va_list ap)
{
	ErrorFrame *frame = next_frame(err);

	frame->file = file;
	frame->line = line;
	(void)vsnprintf(frame->text, sizeof frame->text, fmt, ap);
}

int error_set(Error *err, const char *file, int line, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	error_clear(err);
	err->code = code;
	va_start(ap, fmt);
	fill_frame(err, file, line, fmt, ap);
	va_end(ap);
	return code;
}

int error_set_errno(Error *err, const char *file, int line, int code, const char *fmt, ...)
{
	ErrorFrame *frame;
	char text[128];
	size_t room, used;
	va_list ap;

	if (!err)
		return code;
	error_clear(err);
	err->code = code;
	va_start(ap, fmt);
	fill_frame(err, file, line, fmt, ap);
	va_end(ap);
	frame = &err->frames[0];
	/* Of a message that is too long, the end goes, not the reason. */
	room = strlen(": ") + strlen(errno_text(code, text, sizeof text)) + 1;
	used = MIN(strlen(frame->text), sizeof frame->text - room);
	(void)snprintf(frame->text + used, sizeof frame->text - used, ": %s", text);
	return code;
}

int error_wrap(Error *err, const char *file, int line, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	if (err->code == 0)
		err->code = code;
	va_start(ap, fmt);
	fill_frame(err, file, line, fmt, ap);
	va_end(ap);
	return code;
}

void error_hint(Error *err, const char *fmt, ...)
{
	va_list ap;

	if (!err || err->hint[0])
		return;
	va_start(ap, fmt);
	(void)vsnprintf(err->hint, sizeof err->hint, fmt, ap);
	va_end(ap);
}

void error_clear(Error *err)
{
	if (!err)
		return;
	err->code = 0;
	err->n_frames = 0;
	err->hint[0] = '\0';
}

const char *error_message(const Error *err, char *buf, size_t size)
{
	if (err->n_frames == 0)
		(void)snprintf(buf, size, "%s", "");
	else if (err->n_frames == 1)
		(void)snprintf(buf, size, "%s", err->frames[0].text);
	else
		(void)snprintf(buf, size, "%s: %s", err->frames[err->n_frames - 1].text,
			err->frames[0].text);
	return buf;
}

const char *errno_text(int code, char *buf, size_t size)
{
	const char *text = strerror(code < 0 ? -code : code);

	(void)snprintf(buf, size, "%s", text);
	/* "Is a directory" becomes "is a directory", "RFS specific error" stays as it is. */
	if (!isupper((unsigned char)buf[1]))
		buf[0] = (char)tolower((unsigned char)buf[0]);
	return buf;
}
