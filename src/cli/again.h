/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Starting a pod again that has ended, with what it was told when it was run. */

#include "cli/run-options.h"
#include "cli/verb.h"
#include "plan/plan.h"
#include "pod/pod.h"

/* As words, in the invocation's arena, for the pod's plan: the options of the run, and which
 * protections were switched off. 0 or -ENOMEM. */
int again_words(const Invocation *inv, StrList *ret);

/* Reads them back from the plan, which has to stay: *ret is inv with these options, in *options and
 * *global. 0 or a negative errno. */
int again_invocation(const Invocation *inv, const Plan *plan, RunOptions *options,
	GlobalOptions *global, Invocation *ret, Error *err);

/* Whether a pod could be started again once it has ended: 0, -EOPNOTSUPP or another negative errno.
 */
int again_check(const Pod *pod, Error *err);

typedef struct AgainOptions {
	bool detach, force;
	const char *uuid_file;
} AgainOptions;

#define AGAIN_DETACH_ROW                                                                           \
	{                                                                                          \
		"detach", OPTION_BOOL, offsetof(AgainOptions, detach), "false", NULL,              \
			"print the pod's UUID once its apps are started, and leave it running in " \
			"the background",                                                          \
			.letter = 'd'                                                              \
	}

/* For the descriptions. */
#define AGAIN_HELP                                                                                 \
	"It stays in the foreground as the pod's supervisor. With --detach several pods may be "   \
	"named, and one that cannot be started does not keep the others from it. "

/* Ends a pod that runs, whose lock is then held. 0 or a negative errno. */
typedef int AgainStop(const Pods *pods, Pod *pod, bool force, Error *err);

/* Starts the pods again that the words or --uuid-file name; inv->options are AgainOptions. One that
 * runs is stopped before, without a stop refused. Becomes the supervisor of the pod, or starts
 * them one after the other in the background: then what keeps one from it is printed, and -EIO in
 * the end. Results otherwise as start_prepared(), and VERB_USAGE. */
int again_run(const Invocation *inv, AgainStop *stop, Error *err);
