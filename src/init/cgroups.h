/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The cgroups of a pod and of its apps as the plan names them. */

#include <sys/types.h>
#include "plan/plan.h"

/* Makes the cgroups that apps have of their own. *ret_failed is the operation that failed. 0 or a
 * negative errno. */
int cgroups_make(const Plan *plan, uint32_t *ret_failed);

/* The way into a cgroup: its cgroup.procs, to write to. A descriptor or a negative errno. */
int cgroups_open_procs(const char *cgroup);

/* Puts the pod's first process into every cgroup of the pod that is entered through cgroup.procs. 0
 * or a negative errno. */
int cgroups_enter(const Plan *plan, pid_t first);

/* Puts the caller into the cgroups of the pod and of an app, as somebody who joins later. 0 or a
 * negative errno. */
int cgroups_join(const Plan *plan, const PlanApp *app);

/* The same in a mutable pod for an app that was added: where there is v2, into a cgroup of its own
 * below the pod's, so that all of the app can be ended; in v1 into those that its limits have made.
 * What make is about is told below. */
int cgroups_join_added(const Plan *pod, const Plan *plan, const PlanApp *app, bool make);

/* The way into those cgroups for a process that will not see them any more. With make the app's own
 * v2 one is made, and what else is missing is done without; otherwise an app that should have one
 * that is not there has ended: -ESRCH. CGROUPS_MAX descriptors, -1 for those that are not needed;
 * writing "0" to each enters. 0 or a negative errno. */
#define CGROUPS_MAX 5 /* the pod's, the app's of v2 and of each controller that limits need */
int cgroups_open_added(const Plan *pod, const Plan *plan, const PlanApp *app, bool make,
	int ret_fds[static CGROUPS_MAX]);

/* Ends what is left in the app's v2 cgroup, and removes all that it has. Best effort. */
void cgroups_remove_added(const Plan *plan, const char *app);

/* Removes the cgroups of the apps and the pod, after killing what is left in v2 ones. Best effort:
 * gc comes by again. */
void cgroups_remove(const Plan *plan);

/* The pod's cgroup for the file subcgroup: its path below the hierarchy's root, "" for none. */
const char *cgroups_name(const Plan *plan);

/* Whether the kernel has killed something of an app because its memory was used up; the same of one
 * that was added, before its cgroups are removed. */
bool cgroups_memory_killed(const Plan *plan, const PlanApp *app);
bool cgroups_memory_killed_added(const Plan *plan, const char *app);
