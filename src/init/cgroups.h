/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The pod's cgroups as its plan names them, from the monitor's side. */

#include <sys/types.h>
#include "plan/plan.h"

/* Puts a process (0: the caller) into every cgroup of the plan that is entered through
 * cgroup.procs; with all set, into the v2 one too, as somebody who joins later must. 0 or a
 * negative errno. */
int cgroups_enter(const Plan *plan, pid_t pid, bool all);

/* Puts the caller into the pod's cgroups as an app of a mutable pod: where there is v2, into one of
 * the app's own below the pod's, so that all of the app can be ended. 0 or a negative errno. */
int cgroups_enter_app(const Plan *plan, const char *app);

/* Ends what is left in that cgroup, and removes it. Best effort. */
void cgroups_remove_app(const Plan *plan, const char *app);

/* Removes the pod's cgroups, after killing what is left in a v2 one. Best effort: gc comes by
 * again. */
void cgroups_remove(const Plan *plan);

/* The pod's cgroup for the file subcgroup: its path below the hierarchy's root, "" for none. */
const char *cgroups_name(const Plan *plan);
