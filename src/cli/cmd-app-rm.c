/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/mutable-pod.h"
#include "stage1/stage1.h"

/* Stops the app. 0, an entry point's exit status, or a negative errno. */
static int stop(const Invocation *inv, const Pod *pod, const char *app, Error *err)
{
	int r = stage1_app(pod, "app-stop", app, inv->global->debug, err);

	/* An earlier attempt may have got further. */
	return r == STAGE1_NO_APP ? 0 : r;
}

/* Takes the app out of a pod that runs. Results as stop(). */
static int take_out(const Invocation *inv, MutablePod *m, const char *name, Error *err)
{
	const RuntimeApp *app;
	int r;

	/* It may take a minute, and others may be changed meanwhile. */
	m->lock = fd_close(m->lock);
	r = stop(inv, m->pod, name, err);
	if (r == 0)
		r = mutable_pod_lock(m, err);
	if (r == 0)
		r = mutable_pod_find_app(m, name, "remove", &app, err);
	/* Somebody may have started it again meanwhile; from now on nobody can. */
	if (r == 0)
		r = stop(inv, m->pod, name, err);
	return r != 0 ? r : stage1_app(m->pod, "app-rm", name, inv->global->debug, err);
}

static int run(const Invocation *inv, Error *err)
{
	_cleanup_mutable_pod_ MutablePod m = MUTABLE_POD_INIT;
	const AppVerbOptions *options = inv->options;
	const RuntimeApp *app;
	int r = mutable_pod_open(inv, inv->args[0], &m, err);

	if (r == 0)
		r = mutable_pod_find_app(&m, options->app, "remove", &app, err);
	if (r == 0 && m.pod->state == POD_RUNNING)
		r = take_out(inv, &m, options->app, err);
	/* The manifest may have been read anew. */
	if (r == 0)
		r = mutable_pod_find_app(&m, options->app, "remove", &app, err);
	if (r == 0)
		r = pod_delete_app(m.pod, app, err);
	return r != 0 ? r : pod_drop_app(m.pod, m.manifest, options->app, err);
}

const Verb verb_app_rm = {
	.name = "app rm",
	.synopsis = "UUID --app=NAME",
	.brief = "Remove an app from a pod",
	.description = "Stops an app, and removes it and what it has written from the pod.",
	.options = app_verb_option_sets,
	.options_size = sizeof(AppVerbOptions),
	.min_args = 1,
	.missing = "UUID",
	.max_args = 1,
	.flags = VERB_ROOT,
	.run = run,
};
