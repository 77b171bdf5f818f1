/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "cli/run-options.h"
#include "cli/start.h"

/* Scripts know this verb's failures by their own status. */
#define STATUS_FAILED 1

static int run(const Invocation *inv, Error *err)
{
	RunOptions *options = inv->options;
	int r;

	options->pod.mutable = true;
	/* It has no images. */
	options->pull_policy_word = "never";
	r = start_run(inv, err);
	if (r < 0)
		log_error(err);
	return r < 0 ? STATUS_FAILED : r;
}

const Verb verb_app_sandbox = {
	.name = "app sandbox",
	.synopsis = "[OPTIONS]",
	.brief = "Create an empty pod application sandbox",
	.description =
		"Runs a pod without apps in the foreground. Apps are added, started, stopped and "
		"removed while it runs, and their end is not the pod's: that is \"rkt stop\".\n"
		"\n"
		"  rkt app sandbox --net=none --uuid-file-save=/run/pod.uuid &\n"
		"  rkt status --wait-ready --uuid-file=/run/pod.uuid\n"
		"\n"
		"With the annotations coreos.com/rkt/experiment/logmode=k8s-plain and "
		"coreos.com/rkt/experiment/kubernetes-log-dir=DIR, what an app prints to its "
		"streams (\"rkt app add --stdout=stream --stderr=stream\") goes to the file of "
		"DIR, too, that the app's annotation coreos.com/rkt/experiment/kubernetes-log-path "
		"names: a line each, with its time and \"stdout\" or \"stderr\" in front. The file "
		"is emptied when the app is started.",
	.options = sandbox_option_sets,
	.options_size = sizeof(RunOptions),
	.flags = VERB_ROOT,
	.run = run,
};
