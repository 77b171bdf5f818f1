/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From a command line to a pod: checking its options, finding its images, making its directory, and
 * becoming its supervisor. */

#include "cli/verb.h"
#include "pod/pod.h"

/* "rkt run": makes the pod and becomes its supervisor, starts it in the background with --detach,
 * or with --dry-run prints its plan. Returns only on failure and in the last two cases. 0; > 0 the
 * exit status when an image could not be fetched and the user was told why; or a negative errno. */
int start_run(const Invocation *inv, Error *err);

/* "rkt prepare": makes the pod and tells its UUID on stdout. Results as start_run(). */
int start_prepare(const Invocation *inv, Error *err);

/* "rkt run-prepared": becomes the supervisor of a prepared pod, or starts it in the background.
 * "rkt start": the same with one that has ended, whose lock the caller holds. Results as
 * start_run(). */
int start_prepared(const Invocation *inv, const Pods *pods, Pod *pod, Error *err);
