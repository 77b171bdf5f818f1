/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The error convention of the whole project.
 *
 * A function that can fail returns an int: 0 done, < 0 a negative errno that the caller passes up,
 * or a positive outcome that its header documents and that the direct caller handles. Beside it, a
 * caller-owned Error collects what was being done, innermost first: the place that fails calls
 * fail() or fail_errno() once, every caller that knows something worth telling adds a frame with
 * wrap(). Nobody below src/cli prints an error.
 *
 *	r = fd_read_file(dirfd, "manifest", MANIFEST_MAX, &text, &len, err);
 *	if (r < 0)
 *		return wrap(err, r, "cannot read the manifest of image %s", id);
 *
 * An Error never allocates, never fails, and may be NULL where nobody wants the text. */

#include <errno.h>
#include "base/macro.h"

#define ERROR_FRAMES 8
#define ERROR_TEXT   640

typedef struct ErrorFrame {
	const char *file;
	int line;
	char text[ERROR_TEXT];
} ErrorFrame;

typedef struct Error {
	int code;              /* the negative errno of the origin, 0 while nothing has failed */
	unsigned n_frames;     /* frames in use; [0] is the origin, the last one the outermost */
	char hint[ERROR_TEXT]; /* what the user can do about it, or "" */
	ErrorFrame frames[ERROR_FRAMES];
} Error;

#define ERROR_INIT                                                                                 \
	{                                                                                          \
		0                                                                                  \
	}

/* Makes code (< 0) the origin of err with the given text, dropping whatever err held. Returns code.
 */
int error_set(Error *err, const char *file, int line, int code, const char *fmt, ...)
	_printf_(5, 6);

/* The same with ": " and the system's text for code behind the message, lower-cased as users of rkt
 * know it. */
int error_set_errno(Error *err, const char *file, int line, int code, const char *fmt, ...)
	_printf_(5, 6);

/* Adds an outer frame; when all frames are in use the outermost one is replaced. Returns code. */
int error_wrap(Error *err, const char *file, int line, int code, const char *fmt, ...)
	_printf_(5, 6);

/* Sets the hint unless there is one already (the innermost hint knows best). */
void error_hint(Error *err, const char *fmt, ...) _printf_(2, 3);

/* Forgets everything, for an error that was handled. */
void error_clear(Error *err);

/* "outermost: innermost", or the only frame, or "" when nothing failed. The text is written to buf
 * and returned. */
const char *error_message(const Error *err, char *buf, size_t size);

/* The text of errno value code (negative or positive) in lower case, written to buf and returned.
 */
const char *errno_text(int code, char *buf, size_t size);

#define fail(err, code, ...)       error_set(err, __FILE__, __LINE__, code, __VA_ARGS__)
#define fail_errno(err, code, ...) error_set_errno(err, __FILE__, __LINE__, code, __VA_ARGS__)
#define wrap(err, code, ...)       error_wrap(err, __FILE__, __LINE__, code, __VA_ARGS__)
#define fail_oom(err)              error_set(err, __FILE__, __LINE__, -ENOMEM, "out of memory")
