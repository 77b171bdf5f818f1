/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From stored images and a pod manifest to a pod: making its directory, and becoming its
 * supervisor. */

#include "cli/launch.h"
#include "pod/pod.h"

/* "rkt run": makes the pod and becomes its supervisor, or with --dry-run prints its plan. Returns
 * only on failure and from a dry run. */
int start_run(const Invocation *inv, Launch *l, Error *err);

/* "rkt prepare": makes the pod and tells its UUID on stdout. */
int start_prepare(const Invocation *inv, Launch *l, Error *err);

/* "rkt run-prepared": becomes the supervisor of a prepared pod. Returns only on failure. */
int start_prepared(const Invocation *inv, const Pods *pods, Pod *pod, Error *err);
