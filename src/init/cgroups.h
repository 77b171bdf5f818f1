/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The pod's cgroups as its plan names them, from the monitor's side. */

#include <sys/types.h>
#include "plan/plan.h"

/* Puts a process (0: the caller) into every cgroup of the plan that is entered through
 * cgroup.procs; with all set, into the v2 one too, as somebody who joins later must. 0 or a
 * negative errno. */
int cgroups_enter(const Plan *plan, pid_t pid, bool all);

/* Removes the pod's cgroups, after killing what is left in a v2 one. Best effort: gc comes by
 * again. */
void cgroups_remove(const Plan *plan);

/* The pod's cgroup for the file subcgroup: its path below the hierarchy's root, "" for none. */
const char *cgroups_name(const Plan *plan);
