/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/again.h"
#include "cli/pod-args.h"

typedef struct StartOptions {
	bool detach;
	const char *uuid_file;
} StartOptions;

static const Option rows[] = {
	{"detach", OPTION_BOOL, offsetof(StartOptions, detach), "false", NULL,
		"print the pod's UUID once its apps are started, and leave it running in the "
		"background",
		.letter = 'd'},
	UUID_FILE_ROW(offsetof(StartOptions, uuid_file)),
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

static int run(const Invocation *inv, Error *err)
{
	const StartOptions *options = inv->options;
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_pod_ Pod *pod = NULL;
	int r = pods_open_told(inv, &pods, err);

	if (r == 0)
		r = pod_open_only(inv, &pods, options->uuid_file, &pod, err);
	if (r == 0)
		r = again_take(&pods, pod, err);
	return r != 0 ? r : again_start(inv, options->detach, &pods, pod, err);
}

const Verb verb_start = {
	.name = "start",
	.synopsis = "[OPTIONS] UUID | --uuid-file=PATH",
	.brief = "Start a pod again that has ended",
	.description =
		"Runs a pod again that has ended and was not collected, as it was run before: with "
		"its UUID, its networks, whose addresses may be others now, and the root "
		"filesystems and volumes as its apps have left them. It stays in the foreground as "
		"the pod's supervisor. Pods of \"rkt app sandbox\" cannot be started "
		"again. " POD_WORD_HELP,
	.options = sets,
	.options_size = sizeof(StartOptions),
	.max_args = 1,
	.flags = VERB_ROOT,
	.run = run,
};
