/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "cli/mutable-pod.h"
#include "stage1/stage1.h"

static int run(const Invocation *inv, Error *err)
{
	_cleanup_mutable_pod_ MutablePod m = MUTABLE_POD_INIT;
	const AppVerbOptions *options = inv->options;
	const RuntimeApp *app;
	int r = mutable_pod_open(inv, inv->args[0], &m, err);

	if (r == 0)
		r = mutable_pod_find_app(&m, options->app, "stop", &app, err);
	if (r < 0)
		return r;
	if (pod_has_run(m.pod) && m.pod->state != POD_RUNNING) {
		(void)printf("pod \"%s\" is already stopped\n", m.pod->uuid);
		return 0;
	}
	r = mutable_pod_check_running(&m, err);
	if (r < 0)
		return r;
	/* It may take a minute, and others may be changed meanwhile. */
	m.lock = fd_close(m.lock);
	return stage1_app(m.pod, "app-stop", options->app, inv->global->debug, err);
}

const Verb verb_app_stop = {
	.name = "app stop",
	.synopsis = "UUID --app=NAME",
	.brief = "Stop an app in a pod",
	.description = "Asks an app to end, and waits until it has; after a while it is killed. It "
		       "can be started again.",
	.options = app_verb_option_sets,
	.options_size = sizeof(AppVerbOptions),
	.min_args = 1,
	.missing = "UUID",
	.max_args = 1,
	.flags = VERB_ROOT,
	.run = run,
};
