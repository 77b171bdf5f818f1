/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where cgroups of pods and apps are, and which limits they can enforce. */

#include <limits.h>
#include "isolate/devices.h"
#include "plan/compile-internal.h"

/* A cgroup's directory, put together from its parents downwards. */
typedef struct CgroupDir {
	char path[PATH_MAX];
	size_t below; /* where in path the part below the hierarchy's mount point starts */
} CgroupDir;

/* What the limits of a pod's apps need and the host has. */
typedef struct PodCgroups {
	unsigned enforced; /* controllers that apps' limits need and their cgroups will have */
	unsigned level;    /* v2: how far above the caller's cgroup the pod's cgroups are made */
	bool split; /* v2: apps have cgroups of their own, so that the pod's may hold no process */
	uint64_t pids; /* v2: what the pod may have in all, 0: any number */
} PodCgroups;

/* The devices that a pod may open: those of device_rules, and its volumes that are devices. */
typedef struct PodDevices {
	DeviceRule rules[64];
	unsigned n;
} PodDevices;

/* -E2BIG when there are more; *ret has the ones before that. */
int compile_devices(const PlanInput *in, PodDevices *ret, Error *err);

void compile_find_cgroups(const PlanInput *in, PodCgroups *ret);

/* Whether this is the start of a mutable pod: its cgroups are made so that apps which are added
 * later can be limited. */
bool compile_has_room(const PlanInput *in);

/* The caller's cgroup in the hierarchy of a controller ("" is v2), or one that is level above.
 * False when the host has no such hierarchy. */
bool cgroup_dir_open(const PlanInput *in, const char *controller, unsigned level, CgroupDir *ret);

/* The directory of the pod's own v2 cgroup. */
bool cgroup_dir_pod(const PlanInput *in, const PodCgroups *pod, CgroupDir *ret);

/* Goes down to a child. */
void cgroup_dir_enter(CgroupDir *dir, const char *child);

/* The directory of an operation of another plan. */
void cgroup_dir_of(const Plan *plan, const PlanOp *op, CgroupDir *ret);

/* Adds the operation that makes it, one that does so for apps that are added later and can be
 * limited by controllers below it, and one that writes to a file in it. */
void cgroup_dir_add(PlanBuilder *b, const CgroupDir *dir, uint32_t flags);
void cgroup_dir_add_room(
	PlanBuilder *b, const CgroupDir *dir, uint32_t flags, unsigned controllers);
void cgroup_dir_write(
	PlanBuilder *b, const CgroupDir *dir, const char *file, const char *text, uint32_t flags);
