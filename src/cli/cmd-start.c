/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/again.h"
#include "cli/pod-args.h"

static const Option rows[] = {
	AGAIN_DETACH_ROW,
	UUID_FILE_ROW(offsetof(AgainOptions, uuid_file)),
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

static int run(const Invocation *inv, Error *err)
{
	return again_run(inv, NULL, err);
}

const Verb verb_start = {
	.name = "start",
	.synopsis = "[OPTIONS] UUID ... | --uuid-file=PATH",
	.brief = "Start a pod again that has ended",
	.description =
		"Runs a pod again that has ended and was not collected, as it was run before: with "
		"its UUID, its networks, whose addresses may be others now, and the root "
		"filesystems and volumes as its apps have left them. " AGAIN_HELP
		"In a pod of \"rkt app sandbox\" apps are started by \"rkt app start\", as "
		"before. A pod whose stage1 is an image cannot be started again. " POD_WORD_HELP,
	.options = sets,
	.options_size = sizeof(AgainOptions),
	.max_args = ARGS_ANY,
	.flags = VERB_ROOT,
	.run = run,
};
