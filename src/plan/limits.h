/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Limits of resources: what an app's isolators say, and what of that this host can enforce. */

#include "plan/compile.h"

/* Each 0: no limit. */
typedef struct AppLimits {
	uint64_t memory;     /* bytes */
	uint64_t cpu;        /* thousandths of a core */
	uint64_t cpu_shares; /* weight, 2 to 262144; 1024 is usual */
	uint64_t pids;       /* processes and threads */
} AppLimits;

void app_limits(const App *app, AppLimits *ret);

/* The controllers (CGROUP_CPU, ...) that an app's limits need; of one isolator, 0 when it is no
 * limit of a resource. */
unsigned app_limits_controllers(const AppLimits *limits);
unsigned isolator_controller(const Isolator *isolator);

/* The app object of the i-th app: the pod manifest's or, where that leaves it out, the image's. */
const App *plan_input_app(const PlanInput *in, size_t i);

/* The controllers that the limits of all apps need; for a mutable pod, which is started before
 * anybody knows, all of them. */
unsigned plan_limits_wanted(const PlanInput *in);

/* Those of them that the pod's cgroups will have. What is missing is left out of the plan: apps run
 * without that limit, which is worth a warning. */
unsigned plan_limits_enforced(const PlanInput *in);
