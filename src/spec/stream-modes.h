/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the stdin, stdout and stderr of an app are: an annotation each of the app in the pod
 * manifest. */

#include "spec/app.h"

typedef enum StreamMode {
	STREAM_MODE_NULL,   /* /dev/null; what stdin is unless something else is said */
	STREAM_MODE_LOG,    /* lines on the console and for "rkt logs"; what the two others are */
	STREAM_MODE_STREAM, /* bytes, for those who attach to the app */
	STREAM_MODE_TTY,    /* the app's own terminal, for those who attach to it */
} StreamMode;

/* "stdin", "stdout", "stderr", and the names of their annotations. */
extern const char *const stream_names[3];
extern const char *const stream_annotations[3];

/* How a mode is written. */
const char *stream_mode_name(StreamMode mode);

/* The mode that text names for one of the streams, or without a text the usual one. 0, or -EINVAL:
 * invalid stdin mode "x": must be one of null, stream and tty. */
int stream_mode_parse(const char *text, unsigned stream, StreamMode *ret, Error *err);

/* The modes of an app from its annotations. 0, or -EINVAL: as above, or the modes do not go
 * together, since an app has a terminal or streams. */
int stream_modes_of(const NameValues *annotations, StreamMode ret[static 3], Error *err);
