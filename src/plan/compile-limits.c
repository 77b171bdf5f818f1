/* SPDX-License-Identifier: Apache-2.0 */

/* An app's own cgroups, where its limits are set. */

#include "plan/compile-cgroups.h"

#include <inttypes.h>
#include <stdio.h>
#include "plan/limits.h"

/* The kernel hands out CPU time in periods of this many microseconds, and not less than a
 * hundredth of one. */
#define CPU_PERIOD    100000
#define CPU_QUOTA_MIN 1000

typedef struct LimitFile {
	unsigned controller;
	const char *v1, *v2;
	/* Puts the file's content into buf; false when the app has no such limit. */
	bool (*text)(const AppLimits *limits, bool v2, char *buf, size_t size);
	uint32_t v1_flags;
} LimitFile;

static bool put_number(char *buf, size_t size, uint64_t n)
{
	(void)snprintf(buf, size, "%" PRIu64, n);
	return n != 0;
}

static bool memory_text(const AppLimits *limits, bool v2, char *buf, size_t size)
{
	(void)v2;
	return put_number(buf, size, limits->memory);
}

static bool pids_text(const AppLimits *limits, bool v2, char *buf, size_t size)
{
	(void)v2;
	return put_number(buf, size, limits->pids);
}

static bool quota_text(const AppLimits *limits, bool v2, char *buf, size_t size)
{
	/* Schedulers name shares where cores are meant: a large number, not an absurd one. */
	uint64_t quota = MIN(limits->cpu, 1000000000u) * (CPU_PERIOD / 1000);

	(void)snprintf(buf, size, v2 ? "%" PRIu64 " %d" : "%" PRIu64, MAX(quota, CPU_QUOTA_MIN),
		CPU_PERIOD);
	return limits->cpu != 0;
}

/* v2 has weights from 1 to 10000 for v1's shares from 2 to 262144. */
static bool shares_text(const AppLimits *limits, bool v2, char *buf, size_t size)
{
	uint64_t shares = limits->cpu_shares;

	if (shares == 0)
		return false;
	return put_number(buf, size, v2 ? 1 + (shares - 2) * 9999 / 262142 : shares);
}

/* A quota above that of v1's parent is refused, and would not be any limit: the parent's holds. */
static const LimitFile files[] = {
	{CGROUP_CPU, "cpu.shares", "cpu.weight", shares_text, 0},
	{CGROUP_CPU, "cpu.cfs_quota_us", "cpu.max", quota_text, PLAN_OPTIONAL},
	{CGROUP_MEMORY, "memory.limit_in_bytes", "memory.max", memory_text, 0},
	{CGROUP_PIDS, "pids.max", "pids.max", pids_text, 0},
};

static void add_files(PlanBuilder *b, const CgroupDir *dir, const AppLimits *limits,
	unsigned controllers, bool v2)
{
	char text[64];

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const LimitFile *f = &files[i];

		if ((f->controller & controllers) && f->text(limits, v2, text, sizeof text))
			cgroup_dir_write(b, dir, v2 ? f->v2 : f->v1, text, v2 ? 0 : f->v1_flags);
	}
}

/* The app's cgroup, below dir, with the limits that these controllers enforce. */
static void add_app(
	AppCompile *c, CgroupDir *dir, const AppLimits *limits, unsigned controllers, bool v2)
{
	uint32_t memory = controllers & CGROUP_MEMORY ? PLAN_CGROUP_MEMORY : 0;
	char name[sizeof PLAN_APP_CGROUP + PLAN_NAME_MAX];

	(void)snprintf(name, sizeof name, PLAN_APP_CGROUP "%s", c->runtime->name);
	cgroup_dir_enter(dir, name);
	cgroup_dir_add(c->b, dir, (v2 ? PLAN_CGROUP_INTO : PLAN_CGROUP_PROCS) | memory);
	add_files(c->b, dir, limits, controllers, v2);
}

/* One cgroup for all controllers, below the pod's. */
static void add_v2(
	AppCompile *c, const PodCgroups *pod, const AppLimits *limits, unsigned controllers)
{
	CgroupDir dir;

	if (cgroup_dir_pod(c->in, pod, &dir))
		add_app(c, &dir, limits, controllers, true);
}

/* A cgroup in each hierarchy that a limit needs, below one of the pod's: only these are entered,
 * since entering makes the kernel wait for all processors. */
static void add_v1(AppCompile *c, const AppLimits *limits, unsigned controllers)
{
	char name[64];

	(void)snprintf(name, sizeof name, "rkt-%s", c->in->uuid);
	for (unsigned bit = 1; bit < CGROUP_ALL_CONTROLLERS; bit <<= 1) {
		CgroupDir dir;

		if (!(controllers & bit) ||
			!cgroup_dir_open(c->in, cgroup_controller_name(bit), 0, &dir))
			continue;
		cgroup_dir_enter(&dir, name);
		cgroup_dir_add(c->b, &dir, PLAN_CGROUP_PARENT);
		add_app(c, &dir, limits, bit, false);
	}
}

/* Below the cgroups that the pod was started with, wherever the caller is. */
static void add_to_pod(AppCompile *c, const AppLimits *limits, unsigned controllers)
{
	const Plan *pod = c->in->pod;
	PlanRange range = pod->header->host;

	for (uint32_t i = range.first; i < range.first + range.n; i++) {
		const PlanOp *op = &pod->ops[i];
		unsigned here = op->code == PLAN_CGROUP ? (unsigned)op->num[0] & controllers : 0;
		CgroupDir dir;

		if (!here)
			continue;
		cgroup_dir_of(pod, op, &dir);
		add_app(c, &dir, limits, here, !(op->flags & PLAN_CGROUP_PARENT));
	}
}

PlanRange compile_limits(AppCompile *c)
{
	uint32_t position = plan_position(c->b);
	unsigned controllers;
	AppLimits limits;
	PodCgroups pod;

	app_limits(c->app, &limits);
	controllers = app_limits_controllers(&limits);
	if (controllers) {
		compile_find_cgroups(c->in, &pod);
		controllers &= pod.enforced;
	}
	if (controllers && c->in->pod)
		add_to_pod(c, &limits, controllers);
	else if (controllers && pod.split)
		add_v2(c, &pod, &limits, controllers);
	else if (controllers)
		add_v1(c, &limits, controllers);
	return plan_range_since(c->b, position);
}

bool compile_apps_split(const PlanInput *in)
{
	PodCgroups pod;

	if (in->cgroups->mode != CGROUP_V2 && !in->pod)
		return false;
	compile_find_cgroups(in, &pod);
	return pod.split;
}
