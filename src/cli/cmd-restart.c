/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/again.h"
#include "cli/pod-args.h"
#include "stage1/stage1.h"

typedef struct RestartOptions {
	bool detach, force;
	const char *uuid_file;
} RestartOptions;

#define AT(member) offsetof(RestartOptions, member)

static const Option rows[] = {
	{"detach", OPTION_BOOL, AT(detach), "false", NULL,
		"print the pod's UUID once its apps are started, and leave it running in the "
		"background",
		.letter = 'd'},
	{"force", OPTION_BOOL, AT(force), "false", NULL,
		"kill the pod instead of asking it to stop"},
	UUID_FILE_ROW(AT(uuid_file)),
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

/* From the end of the pod on it is the caller's, and nobody else collects or starts it. */
static int stop(const Pods *pods, Pod *pod, bool force, Error *err)
{
	int r = again_check(pod, err);

	if (r == 0)
		r = stage1_stop(pod, force, err);
	if (r > 0)
		return fail(err, -EIO, "stopping pod \"%s\" failed with status %d", pod->uuid, r);
	return r < 0 ? r : pod_lock_ended(pods, pod, err);
}

static int run(const Invocation *inv, Error *err)
{
	const RestartOptions *options = inv->options;
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_pod_ Pod *pod = NULL;
	int r = pods_open_told(inv, &pods, err);

	if (r == 0)
		r = pod_open_only(inv, &pods, options->uuid_file, &pod, err);
	if (r == 0)
		r = pod->state == POD_RUNNING ? stop(&pods, pod, options->force, err)
					      : again_take(&pods, pod, err);
	return r != 0 ? r : again_start(inv, options->detach, &pods, pod, err);
}

const Verb verb_restart = {
	.name = "restart",
	.synopsis = "[OPTIONS] UUID | --uuid-file=PATH",
	.brief = "Stop a pod and start it again",
	.description =
		"Asks a pod to stop if it runs, waits until it has, and runs it again as \"rkt "
		"start\" does. It stays in the foreground as the pod's supervisor. " POD_WORD_HELP,
	.options = sets,
	.options_size = sizeof(RestartOptions),
	.max_args = 1,
	.flags = VERB_ROOT,
	.run = run,
};
