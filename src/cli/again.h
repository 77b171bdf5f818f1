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

/* Takes the lock of a pod that has ended. -EINVAL for one in another state, or another negative
 * errno. */
int again_take(const Pods *pods, Pod *pod, Error *err);

/* Becomes the supervisor of a pod that has ended and whose lock is held, or starts it in the
 * background. Results as start_prepared(). */
int again_start(const Invocation *inv, bool detach, const Pods *pods, Pod *pod, Error *err);
