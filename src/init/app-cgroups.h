/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How an app's process gets into cgroups of its own, though they cannot be seen from inside the
 * pod. */

#include <sys/types.h>
#include "plan/plan.h"

/* Opens what leads into the apps' cgroups, while the host's files can still be seen. 0 or a
 * negative errno. */
int app_cgroups_open(const Plan *plan);

/* Whether an app has cgroups of its own. Such an app is started by app_cgroups_fork(), and so is a
 * keeper. */
bool app_cgroups_any(unsigned app);

/* fork(), for the child directly into the app's v2 cgroup where it has one. Never vfork(): if the
 * child runs out of memory before it is the app, everybody dies who shares its memory. With wait it
 * is the app, or has ended, when this returns. The child's pid, 0 in the child, or -1 and errno. */
pid_t app_cgroups_fork(unsigned app, bool wait);

/* In the app's process: enters the v1 ones. 0 or a negative errno. */
int app_cgroups_enter(unsigned app);
