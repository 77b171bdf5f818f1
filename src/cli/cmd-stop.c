/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "base/log.h"
#include "cli/pod-args.h"
#include "stage1/stage1.h"

typedef struct StopOptions {
	bool force;
	const char *uuid_file;
} StopOptions;

static const Option rows[] = {
	{"force", OPTION_BOOL, offsetof(StopOptions, force), "false", NULL,
		"kill the pod instead of asking it to stop"},
	UUID_FILE_ROW(offsetof(StopOptions, uuid_file)),
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

static bool has_exited(const Pod *pod)
{
	return pod->state == POD_EXITED || pod->state == POD_EXITED_DELETING ||
	       pod->state == POD_EXITED_GARBAGE || pod->state == POD_DELETING ||
	       pod->state == POD_GARBAGE;
}

static int stop_one(const Pods *pods, const StopOptions *options, const char *typed, Error *err)
{
	_cleanup_pod_ Pod *pod = NULL;
	int r = pod_open_typed(pods, typed, &pod, err);

	if (r < 0)
		return r;
	if (has_exited(pod)) {
		(void)printf("pod \"%s\" is already stopped\n", pod->uuid);
		return 0;
	}
	if (pod->state != POD_RUNNING)
		return fail(err, -EINVAL, "pod \"%s\" is not running", pod->uuid);
	if (geteuid() != 0)
		return fail(
			err, -EPERM, "pod \"%s\" runs as root: only root can stop it", pod->uuid);
	r = stage1_stop(pod, options->force, err);
	if (r > 0)
		return fail(err, -EIO, "stopping pod \"%s\" failed with status %d", pod->uuid, r);
	if (r == 0)
		(void)printf("\"%s\"\n", pod->uuid);
	return r;
}

static int run(const Invocation *inv, Error *err)
{
	const StopOptions *options = inv->options;
	_cleanup_pods_ Pods pods = PODS_INIT;
	size_t failed = 0;
	StrList words = {0};
	int r = uuid_words(inv, options->uuid_file, &words, err);

	if (r < 0) {
		log_error(err);
		return STATUS_NO_FILE;
	}
	if (r == 0)
		r = pods_open_told(inv, &pods, err);
	if (r != 0)
		return r;
	for (size_t i = 0; i < words.n; i++) {
		Error one = ERROR_INIT;

		if (stop_one(&pods, options, words.items[i], &one) < 0) {
			log_error(&one);
			failed++;
		}
	}
	return failed > 0 ? fail(err, -EIO, "failed to stop %zu pod(s)", failed) : 0;
}

const Verb verb_stop = {
	.name = "stop",
	.synopsis = "[OPTIONS] UUID ... | --uuid-file=PATH",
	.brief = "Stop a pod",
	.description = "Asks running pods to stop, and does not wait for it: \"rkt status --wait\" "
		       "does. " POD_WORD_HELP,
	.options = sets,
	.options_size = sizeof(StopOptions),
	.max_args = ARGS_ANY,
	.run = run,
};
