/* SPDX-License-Identifier: Apache-2.0 */

/* --stdin, --stdout and --stderr, which become annotations of the app. */

#include "pod/args-internal.h"

#include "spec/stream-modes.h"

static int wrong(const AppArgs *args, unsigned stream, int r, Error *err)
{
	return wrap(err, r, "invalid argument \"%s\" for --%s", args->stream_modes[stream],
		stream_names[stream]);
}

int args_stream_modes(const AppArgs *args, Arena *arena, NameValues *annotations, Error *err)
{
	unsigned last = ARRAY_LEN(stream_names);
	StreamMode modes[3];
	int r = 0;

	for (unsigned i = 0; i < ARRAY_LEN(stream_names) && r == 0; i++) {
		if (!args->stream_modes[i])
			continue;
		last = i;
		r = stream_mode_parse(args->stream_modes[i], i, &modes[i], err);
		if (r < 0)
			return wrong(args, i, r, err);
		r = args_set_annotation(
			arena, annotations, stream_annotations[i], stream_mode_name(modes[i]), err);
	}
	if (r == 0)
		r = stream_modes_of(annotations, modes, err);
	return r < 0 && last < ARRAY_LEN(stream_names) ? wrong(args, last, r, err) : r;
}
