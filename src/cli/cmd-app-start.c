/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/mutable-pod.h"
#include "cli/pod-root.h"
#include "stage1/stage1.h"

/* A pod that has been started again has no root filesystem of the app yet: it is made of what the
 * app has left. */
static int make_root(const Invocation *inv, const MutablePod *m, const RuntimeApp *app, Error *err)
{
	_cleanup_launch_ Launch l = LAUNCH_INIT;
	_cleanup_close_ int lock = -1;
	PodManifest one = *m->manifest;
	int r = launch_open(inv, &l, err);

	one.apps += app - m->manifest->apps;
	one.n_apps = 1;
	if (r == 0)
		r = lock = store_lock_prepare(l.data_dir, false, err);
	if (r >= 0)
		r = launch_load_prepared(&l, m->pod, &one, err);
	return r < 0 ? r : mutable_pod_make_root(inv, m, &l, &one, err);
}

static int run(const Invocation *inv, Error *err)
{
	_cleanup_mutable_pod_ MutablePod m = MUTABLE_POD_INIT;
	const AppVerbOptions *options = inv->options;
	const RuntimeApp *app;
	int r = mutable_pod_open(inv, inv->args[0], &m, err);

	if (r == 0)
		r = mutable_pod_check_running(&m, err);
	if (r == 0)
		r = mutable_pod_find_app(&m, options->app, "start", &app, err);
	if (r == 0 && !pod_root_exists(m.pod, m.manifest, options->app))
		r = make_root(inv, &m, app, err);
	return r != 0 ? r : stage1_app(m.pod, "app-start", options->app, inv->global->debug, err);
}

const Verb verb_app_start = {
	.name = "app start",
	.synopsis = "UUID --app=NAME",
	.brief = "Start an app in a pod",
	.description =
		"Starts an app that \"rkt app add\" has added, or one that has ended again, also "
		"when its pod has ended meanwhile and was started again. What the app has written "
		"is there.",
	.options = app_verb_option_sets,
	.options_size = sizeof(AppVerbOptions),
	.min_args = 1,
	.missing = "UUID",
	.max_args = 1,
	.flags = VERB_ROOT,
	.run = run,
};
