/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Getting into a pod that runs, from the host. The working directory is the pod's. */

#include <sys/types.h>
#include "isolate/mount-place.h"
#include "plan/plan.h"

/* Finds an app's part of a plan: in the pod's own, or, if it was added to the running pod, in the
 * app's. *ret_plan is where *ret_app is from. 0, -ENOENT when there is no such app, or another
 * negative errno. */
int join_find_app(const char *name, Plan *ret_plan, const PlanApp **ret_app);

/* Joins the given namespaces (CLONE_NEW*) of the pod's first process and makes its root this one's;
 * the working directory is undefined then. The number is checked to be the one of this pod's first
 * process, and waited for while it has the host's root, since the pod is still being mounted. 0,
 * -ESRCH when it is not, -EAGAIN when that takes too long, or another negative errno. */
int join_pod(pid_t first, int namespaces);

/* The same in steps, for those whose children join. join_open() finds and checks the pod, and from
 * then on the children of the caller are processes of the pod, while it itself stays outside;
 * join_enter() is for such a child. The descriptors end with exec. 0 or a negative errno. */
typedef struct Join {
	int process; /* pidfd of the pod's first process */
	int root;    /* what that has as "/" */
} Join;
int join_open(pid_t first, Join *ret);
int join_enter(const Join *j, int namespaces);

/* Two mount namespaces between which a process goes back and forth: mounts are made from what the
 * host has, and attached in the pod. */
typedef struct Visit {
	int pod_root; /* what the pod's first process has as "/" */
	int pod;
	MountPlace host;
} Visit;

#define VISIT_INIT                                                                                 \
	{                                                                                          \
		.pod_root = -1, .pod = -1, .host = MOUNT_PLACE_INIT                                \
	}

/* Prepares for visits of the pod with this first process, checked as above. 0 or a negative errno;
 * the descriptors end with the process. */
int visit_open(pid_t first, Visit *ret);

/* Into the pod's mount namespace, with its root as working directory, and back to where the caller
 * was. 0 or a negative errno; after a failure of the way back nothing can be relied on. */
int visit_begin(const Visit *v);
int visit_end(const Visit *v);
