/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/limits.h"

#include "plan/compile-cgroups.h"

unsigned isolator_controller(const Isolator *isolator)
{
	switch (isolator->kind) {
	case ISOLATOR_CPU: return isolator->has_limit && isolator->limit > 0 ? CGROUP_CPU : 0;
	case ISOLATOR_MEMORY: return isolator->has_limit && isolator->limit > 0 ? CGROUP_MEMORY : 0;
	case ISOLATOR_CPU_SHARES: return CGROUP_CPU;
	case ISOLATOR_PIDS: return CGROUP_PIDS;
	default: return 0;
	}
}

void app_limits(const App *app, AppLimits *ret)
{
	*ret = (AppLimits){0};
	for (size_t i = 0; i < app->n_isolators; i++) {
		const Isolator *isolator = &app->isolators[i];

		/* What is promised and not limited is no business of a cgroup's. */
		if (isolator->has_limit && isolator->kind == ISOLATOR_CPU)
			ret->cpu = (uint64_t)isolator->limit;
		if (isolator->has_limit && isolator->kind == ISOLATOR_MEMORY)
			ret->memory = (uint64_t)isolator->limit;
		if (isolator->kind == ISOLATOR_CPU_SHARES)
			ret->cpu_shares = (uint64_t)isolator->number;
		if (isolator->kind == ISOLATOR_PIDS)
			ret->pids = (uint64_t)isolator->number;
	}
}

unsigned app_limits_controllers(const AppLimits *limits)
{
	return (limits->cpu || limits->cpu_shares ? CGROUP_CPU : 0) |
	       (limits->memory ? CGROUP_MEMORY : 0) | (limits->pids ? CGROUP_PIDS : 0);
}

const App *plan_input_app(const PlanInput *in, size_t i)
{
	const RuntimeApp *runtime = &in->manifest->apps[i];

	return runtime->has_app ? &runtime->app : &in->images[i]->manifest->app;
}

unsigned plan_limits_wanted(const PlanInput *in)
{
	unsigned wanted = 0;

	if (compile_has_room(in))
		return CGROUP_ALL_CONTROLLERS;
	for (size_t i = 0; i < in->manifest->n_apps; i++) {
		AppLimits limits;

		app_limits(plan_input_app(in, i), &limits);
		wanted |= app_limits_controllers(&limits);
	}
	return wanted;
}

unsigned plan_limits_enforced(const PlanInput *in)
{
	PodCgroups pod;

	compile_find_cgroups(in, &pod);
	return pod.enforced;
}

/* v1: one hierarchy a controller, which may not be there. */
static unsigned find_v1(const PlanInput *in, unsigned wanted)
{
	unsigned found = 0;
	CgroupDir dir;

	for (unsigned bit = 1; bit < CGROUP_ALL_CONTROLLERS; bit <<= 1)
		if ((wanted & bit) && cgroup_dir_open(in, cgroup_controller_name(bit), 0, &dir))
			found |= bit;
	return found;
}

/* v2: the nearest cgroup, from the caller's upwards, whose children can have most of what is
 * wanted.
 */
static unsigned find_v2(const CgroupHost *h, unsigned wanted, unsigned *ret_level)
{
	unsigned best = 0;

	for (unsigned level = 0; level < h->n_levels; level++) {
		unsigned has = h->possible[level] & wanted;

		if (__builtin_popcount(has) <= __builtin_popcount(best))
			continue;
		best = has;
		*ret_level = level;
	}
	return best;
}

bool compile_has_room(const PlanInput *in)
{
	return pod_manifest_is_mutable(in->manifest) && !in->pod;
}

/* What there is for apps that are added was decided when the pod was started. */
static void find_in_pod(const Plan *pod, PodCgroups *ret)
{
	PlanRange range = pod->header->host;

	for (uint32_t i = range.first; i < range.first + range.n; i++) {
		const PlanOp *op = &pod->ops[i];

		if (op->code != PLAN_CGROUP || !(op->flags & PLAN_CGROUP_ROOM))
			continue;
		ret->enforced |= (unsigned)op->num[0];
		ret->split = ret->split || (op->num[0] && !(op->flags & PLAN_CGROUP_PARENT));
	}
}

void compile_find_cgroups(const PlanInput *in, PodCgroups *ret)
{
	const CgroupHost *h = in->cgroups;
	unsigned wanted = plan_limits_wanted(in);

	*ret = (PodCgroups){0};
	if (in->pod) {
		find_in_pod(in->pod, ret);
	} else if (h->mode == CGROUP_V2) {
		ret->enforced = find_v2(h, wanted, &ret->level);
		ret->split = ret->enforced != 0;
		if (h->n_levels > 0 && (h->possible[ret->level] & CGROUP_PIDS))
			ret->pids = h->pids;
	} else if (wanted) {
		ret->enforced = find_v1(in, wanted);
	}
}
