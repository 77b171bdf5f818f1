/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "base/log.h"
#include "cli/metadata.h"
#include "cli/pod-args.h"
#include "pod/gc.h"
#include "stage1/stage1.h"

typedef struct RmOptions {
	const char *uuid_file;
} RmOptions;

static const Option rows[] = {UUID_FILE_ROW(offsetof(RmOptions, uuid_file))};
static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

static int remove_one(const Pods *pods, const GcHooks *hooks, const char *typed, Error *err)
{
	char uuid[UUID_TEXT];
	int r = pod_resolve(pods, typed, uuid, err);

	if (r == 0)
		r = pod_rm(pods, uuid, hooks, err);
	if (r == 0)
		(void)printf("\"%s\"\n", uuid);
	return r;
}

static int run(const Invocation *inv, Error *err)
{
	const RmOptions *options = inv->options;
	_cleanup_pods_ Pods pods = PODS_INIT;
	Stage1Gc gc = {.debug = inv->global->debug, .local_config = inv->global->config.local};
	GcHooks hooks = {
		.stage1_gc = stage1_gc, .userdata = &gc, .unregister = metadata_unregister};
	bool failed = false;
	StrList words = {0};
	int r = uuid_words(inv, options->uuid_file, &words, err);

	if (r == 0)
		r = pods_open_told(inv, &pods, err);
	if (r != 0)
		return r;
	for (size_t i = 0; i < words.n; i++) {
		Error one = ERROR_INIT;

		if (remove_one(&pods, &hooks, words.items[i], &one) < 0) {
			log_error(&one);
			failed = true;
		}
	}
	return failed ? fail(err, -EIO, "failed to remove one or more pods") : 0;
}

const Verb verb_rm = {
	.name = "rm",
	.synopsis = "UUID ... | --uuid-file=PATH",
	.brief = "Remove all files and resources associated with exited pods",
	.description = "Removes pods that do not run, in whatever state they are: prepared, "
		       "exited, or waiting for collection. " POD_WORD_HELP,
	.options = sets,
	.options_size = sizeof(RmOptions),
	.max_args = ARGS_ANY,
	.flags = VERB_ROOT,
	.run = run,
};
