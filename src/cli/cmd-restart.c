/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/again.h"
#include "cli/pod-args.h"
#include "stage1/stage1.h"

#define AT(member) offsetof(AgainOptions, member)

static const Option rows[] = {
	AGAIN_DETACH_ROW,
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
	return again_run(inv, stop, err);
}

const Verb verb_restart = {
	.name = "restart",
	.synopsis = "[OPTIONS] UUID ... | --uuid-file=PATH",
	.brief = "Stop a pod and start it again",
	.description =
		"Asks a pod to stop if it runs, waits until it has, and runs it again as \"rkt "
		"start\" does. " AGAIN_HELP POD_WORD_HELP,
	.options = sets,
	.options_size = sizeof(AgainOptions),
	.max_args = ARGS_ANY,
	.flags = VERB_ROOT,
	.run = run,
};
