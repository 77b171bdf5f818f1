/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pod-args.h"
#include "cli/run-options.h"
#include "cli/start.h"

static int check_interactive(const RunOptions *options, const Pod *pod, Error *err)
{
	_cleanup_pod_manifest_ PodManifest *manifest = NULL;
	int r;

	if (!options->interactive)
		return 0;
	r = pod_read_manifest(pod, &manifest, err);
	if (r == 0 && manifest->n_apps != 1)
		return fail(err, -EINVAL, "interactive option only supports pods with one app");
	return r;
}

static int run(const Invocation *inv, Error *err)
{
	RunOptions *options = inv->options;
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_pod_ Pod *pod = NULL;
	int r = run_prepared_options_check(options, inv->arena, err);

	if (r == 0)
		r = pod_open_among(inv, inv->args[0], &pods, &pod, err);
	if (r < 0)
		return r;
	if (pod->state != POD_PREPARED)
		return fail(err, -EINVAL, "pod \"%s\" is not prepared", pod->uuid);
	r = check_interactive(options, pod, err);
	return r < 0 ? r : start_prepared(inv, &pods, pod, err);
}

const Verb verb_run_prepared = {
	.name = "run-prepared",
	.synopsis = "[OPTIONS] UUID",
	.brief = "Run a prepared application pod in rkt",
	.description = "Runs a pod that \"rkt prepare\" made. " POD_WORD_HELP,
	.options = run_prepared_option_sets,
	.options_size = sizeof(RunOptions),
	.min_args = 1,
	.missing = "UUID",
	.max_args = 1,
	.flags = VERB_ROOT,
	.run = run,
};
