/* SPDX-License-Identifier: Apache-2.0 */

/* An app's stdin, stdout and stderr. */

#include "plan/compile-internal.h"

#include "base/path.h"
#include "base/strbuf.h"
#include "spec/stream-modes.h"

/* What systemd tells programs on a terminal that nobody knows anything about. */
#define TERM_UNKNOWN "vt220"

/* What rkt's first runtime for Kubernetes asked for. Mode and directory are the pod's, the path is
 * the app's. */
#define LOG_MODE "coreos.com/rkt/experiment/logmode"
#define LOG_DIR  "coreos.com/rkt/experiment/kubernetes-log-dir"
#define LOG_PATH "coreos.com/rkt/experiment/kubernetes-log-path"

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

int compile_check_log(const PodManifest *m, Error *err)
{
	const char *mode = name_values_find(&m->annotations, LOG_MODE),
		   *dir = name_values_find(&m->annotations, LOG_DIR);

	if (!mode)
		return 0;
	if (!streq(mode, "k8s-plain"))
		return fail(err, -EINVAL, "annotation \"%s\" must be \"k8s-plain\"", LOG_MODE);
	if (!dir || dir[0] != '/')
		return fail(err, -EINVAL,
			"annotation \"%s\" must be a directory of the host, as an absolute path",
			LOG_DIR);
	return 0;
}

static int fail_path(const AppCompile *c, const char *why, Error *err)
{
	return fail(
		err, -EINVAL, "app \"%s\": annotation \"%s\" %s", c->runtime->name, LOG_PATH, why);
}

/* The file that the lines of an app's streams go to, where the pod's annotations ask for that. */
static int put_log(AppCompile *c, Error *err)
{
	const PodManifest *pod = c->in->manifest;
	const char *path = name_values_find(&c->runtime->annotations, LOG_PATH);
	_cleanup_free_ char *full = NULL;
	int r;

	if (!name_values_find(&pod->annotations, LOG_MODE) ||
		(c->stream[1] != PLAN_STREAM_PIPE && c->stream[2] != PLAN_STREAM_PIPE))
		return 0;
	r = compile_check_log(pod, err);
	if (r < 0)
		return r;
	if (!path)
		return fail_path(
			c, "needs to be specified when k8s-plain logging mode is used", err);
	if (!*path || strchr(path, '/') || streq(path, ".") || streq(path, ".."))
		return fail_path(c, "must be the name of a file in the pod's log directory", err);
	if (str_format(&full, "%s/%s", name_values_find(&pod->annotations, LOG_DIR), path) < 0)
		return fail_oom(err);
	c->log = plan_put_string(c->b, full);
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
	return put_log(c, err);
}
