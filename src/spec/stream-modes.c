/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/stream-modes.h"

const char *const stream_names[3] = {"stdin", "stdout", "stderr"};
const char *const stream_annotations[3] = {"coreos.com/rkt/stage2/stdin",
	"coreos.com/rkt/stage2/stdout", "coreos.com/rkt/stage2/stderr"};

static const char *const mode_names[] = {
	[STREAM_MODE_NULL] = "null",
	[STREAM_MODE_LOG] = "log",
	[STREAM_MODE_STREAM] = "stream",
	[STREAM_MODE_TTY] = "tty",
};

const char *stream_mode_name(StreamMode mode)
{
	return mode_names[mode];
}

int stream_mode_parse(const char *text, unsigned stream, StreamMode *ret, Error *err)
{
	if (!text) {
		*ret = stream == 0 ? STREAM_MODE_NULL : STREAM_MODE_LOG;
		return 0;
	}
	for (unsigned mode = 0; mode < ARRAY_LEN(mode_names); mode++)
		if (streq(text, mode_names[mode]) && !(stream == 0 && mode == STREAM_MODE_LOG)) {
			*ret = mode;
			return 0;
		}
	return fail(err, -EINVAL, "invalid %s mode \"%s\": must be one of %snull, stream and tty",
		stream_names[stream], text, stream == 0 ? "" : "log, ");
}

/* Input and output of a terminal are one thing; beside it a stream would be a second way to the
 * same app, and nobody could attach to both. */
static int check_together(const StreamMode modes[static 3], Error *err)
{
	for (unsigned i = 0; i < 3; i++)
		for (unsigned k = 0; k < 3; k++)
			if (modes[i] == STREAM_MODE_TTY && modes[k] == STREAM_MODE_STREAM)
				return fail(err, -EINVAL,
					"%s mode \"tty\" does not go together with %s mode "
					"\"stream\": an app has a terminal or streams (try %s "
					"mode \"tty\")",
					stream_names[i], stream_names[k], stream_names[k]);
	return 0;
}

int stream_modes_of(const NameValues *annotations, StreamMode ret[static 3], Error *err)
{
	StreamMode modes[3];

	for (unsigned i = 0; i < 3; i++) {
		int r = stream_mode_parse(
			name_values_find(annotations, stream_annotations[i]), i, &modes[i], err);

		if (r < 0)
			return r;
	}
	for (unsigned i = 0; i < 3; i++)
		ret[i] = modes[i];
	return check_together(modes, err);
}
