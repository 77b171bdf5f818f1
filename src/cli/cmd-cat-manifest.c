/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/manifest-output.h"
#include "cli/pod-args.h"
#include "cli/verb.h"

static int run(const Invocation *inv, Error *err)
{
	const ManifestOutput *options = inv->options;
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_pod_ Pod *pod = NULL;
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = pods_open_told(inv, &pods, err);

	if (r == 0)
		r = pod_open_only(inv, &pods, options->uuid_file, &pod, err);
	if (r == 0)
		r = pod_read_manifest_text(pod, &text, &len, err);
	return r != 0 ? r : manifest_output(options, text, len, err);
}

const Verb verb_cat_manifest = {
	.name = "cat-manifest",
	.synopsis = "[OPTIONS] UUID | --uuid-file=PATH",
	.brief = "Inspect and print the pod manifest",
	.description = "Prints the manifest of a pod. " POD_WORD_HELP,
	.options = pod_manifest_output_sets,
	.options_size = sizeof(ManifestOutput),
	.max_args = 1,
	.run = run,
};
