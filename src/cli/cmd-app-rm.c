/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/mutable-pod.h"
#include "stage1/stage1.h"

/* Takes the app out of a pod that runs. 0, an entry point's exit status, or a negative errno. */
static int take_out(const Invocation *inv, MutablePod *m, const char *app, Error *err)
{
	int r;

	/* It may take a minute, and others may be changed meanwhile. */
	m->lock = fd_close(m->lock);
	r = stage1_app(m->pod, "app-stop", app, inv->global->debug, err);
	/* An earlier attempt may have got further. */
	if (r != 0 && r != STAGE1_NO_APP)
		return r;
	r = mutable_pod_lock(m, err);
	if (r == 0)
		r = mutable_pod_find_app(m, app, "remove", err);
	return r < 0 ? r : stage1_app(m->pod, "app-rm", app, inv->global->debug, err);
}

static int run(const Invocation *inv, Error *err)
{
	_cleanup_mutable_pod_ MutablePod m = MUTABLE_POD_INIT;
	const AppVerbOptions *options = inv->options;
	int r = mutable_pod_open(inv, inv->args[0], &m, err);

	if (r == 0)
		r = mutable_pod_find_app(&m, options->app, "remove", err);
	if (r == 0 && m.pod->state == POD_RUNNING)
		r = take_out(inv, &m, options->app, err);
	if (r == 0)
		r = pod_delete_app(m.pod, options->app, err);
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
