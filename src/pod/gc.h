/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Getting rid of pods: "rkt gc" and "rkt rm". Any number of them may run at once, beside everything
 * else that pods do: a pod that somebody else is dealing with, or that is gone meanwhile, is left
 * alone. What the user should know goes to the listener of the Pods. */

#include "pod/pod.h"

typedef struct GcOptions {
	int64_t grace_ns;           /* how long an exited pod stays after it was marked */
	int64_t expire_prepared_ns; /* how long a prepared pod may wait to be run */
	bool mark_only;             /* move exited and aborted pods, delete nothing */
} GcOptions;

/* What has to happen outside the pod's directory before it can be removed: the gc entrypoint of the
 * pod's stage1, which also removes its cgroups, and taking it from its networks. Called with the
 * pod's exclusive lock held, for pods that have run (POD_EXITED_DELETING) and for those that never
 * came to it; again for a pod whose removal failed. An error is told to the user and does not keep
 * the pod. */
typedef struct GcHooks {
	int (*stage1_gc)(void *userdata, const Pod *p, Error *err);
	void *userdata;

	/* Before that, takes the pod from where it was registered. The same about errors. */
	int (*unregister)(const Pod *p, Error *err);
} GcHooks;

/* One collection, in this order: exited pods are marked (moved to exited-garbage), aborted
 * preparations go to garbage; unless mark_only: expired prepared pods go to garbage, pods marked
 * longer than the grace period ago are deleted, and so is all in garbage. Trouble with one pod is
 * told to the listener and does not end it; the result is negative only when the directories cannot
 * be read. */
int pods_gc(const Pods *pods, const GcOptions *options, const GcHooks *hooks, Error *err);

/* Removes one pod in whatever state allows it. 0 also when the pod goes away meanwhile. -EBUSY 'pod
 * "U" is currently running' (being prepared, being deleted), -ENOENT 'pod "U" was not present'. */
int pod_rm(const Pods *pods, const char *uuid, const GcHooks *hooks, Error *err);
