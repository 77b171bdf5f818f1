/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pod-args.h"
#include "pod/gc.h"
#include "stage1/stage1.h"

#define AT(member) offsetof(GcOptions, member)

static const Option rows[] = {
	{"expire-prepared", OPTION_DURATION, AT(expire_prepared_ns), "24h0m0s", "DURATION",
		"remove prepared pods that have waited this long to be run", OPTION_UNQUOTED},
	{"grace-period", OPTION_DURATION, AT(grace_ns), "30m0s", "DURATION",
		"remove exited pods this long after they were marked", OPTION_UNQUOTED},
	{"mark-only", OPTION_BOOL, AT(mark_only), "false", NULL,
		"mark exited pods for removal, and remove nothing"},
};

static const OptionSet set = OPTION_SET(rows);
static const OptionSet *const sets[] = {&set, NULL};

static int run(const Invocation *inv, Error *err)
{
	_cleanup_pods_ Pods pods = PODS_INIT;
	bool debug = inv->global->debug;
	GcHooks hooks = {.stage1_gc = stage1_gc, .userdata = &debug};
	int r = pods_open_told(inv, &pods, err);

	return r < 0 ? r : pods_gc(&pods, inv->options, &hooks, err);
}

const Verb verb_gc = {
	.name = "gc",
	.synopsis = "[OPTIONS]",
	.brief = "Garbage collect rkt pods no longer in use",
	.description = "Marks pods that have exited, and removes pods that were marked some time "
		       "ago. Meant to be run now and then, by a "
		       "timer for example.",
	.options = sets,
	.options_size = sizeof(GcOptions),
	.flags = VERB_ROOT,
	.run = run,
};
