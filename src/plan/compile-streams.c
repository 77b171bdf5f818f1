/* SPDX-License-Identifier: Apache-2.0 */

/* An app's stdin, stdout and stderr. */

#include "plan/compile-internal.h"

#include "spec/stream-modes.h"

/* What systemd tells programs on a terminal that nobody knows anything about. */
#define TERM_UNKNOWN "vt220"

static const uint8_t plan_streams[] = {
	[STREAM_MODE_NULL] = PLAN_STREAM_NULL,
	[STREAM_MODE_LOG] = PLAN_STREAM_LOG,
	[STREAM_MODE_STREAM] = PLAN_STREAM_PIPE,
	[STREAM_MODE_TTY] = PLAN_STREAM_PTY,
};

/* All three are the caller's, directly or through a terminal of the pod. */
static int make_interactive(AppCompile *c, const StreamMode modes[static 3], Error *err)
{
	const PlanOptions *o = &c->in->options;

	for (unsigned i = 0; i < 3; i++) {
		if (modes[i] == STREAM_MODE_STREAM || modes[i] == STREAM_MODE_TTY)
			return fail(err, -EINVAL,
				"app \"%s\" has %s mode \"%s\", which does not go together with "
				"--interactive (try without, and \"rkt attach\")",
				c->runtime->name, stream_names[i], stream_mode_name(modes[i]));
		c->stream[i] = o->terminal ? PLAN_STREAM_TTY : PLAN_STREAM_INHERIT;
	}
	c->term = o->terminal ? o->term : NULL;
	return 0;
}

int compile_streams(AppCompile *c, Error *err)
{
	StreamMode modes[3];
	int r = stream_modes_of(&c->runtime->annotations, modes, err);

	if (r < 0)
		return wrap(err, r, "app \"%s\"", c->runtime->name);
	if (c->in->options.interactive)
		return make_interactive(c, modes, err);
	for (unsigned i = 0; i < 3; i++) {
		c->stream[i] = plan_streams[modes[i]];
		if (modes[i] == STREAM_MODE_TTY)
			c->term = TERM_UNKNOWN;
	}
	return 0;
}
