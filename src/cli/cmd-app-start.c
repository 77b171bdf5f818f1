/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/mutable-pod.h"
#include "stage1/stage1.h"

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
	return r < 0 ? r : stage1_app(m.pod, "app-start", options->app, inv->global->debug, err);
}

const Verb verb_app_start = {
	.name = "app start",
	.synopsis = "UUID --app=NAME",
	.brief = "Start an app in a pod",
	.description = "Starts an app that \"rkt app add\" has added, or one that has ended again.",
	.options = app_verb_option_sets,
	.options_size = sizeof(AppVerbOptions),
	.min_args = 1,
	.missing = "UUID",
	.max_args = 1,
	.flags = VERB_ROOT,
	.run = run,
};
