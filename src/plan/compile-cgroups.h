/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where cgroups of pods and apps are, and which limits they can enforce. */

#include <limits.h>
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

void compile_find_cgroups(const PlanInput *in, PodCgroups *ret);

/* The caller's cgroup in the hierarchy of a controller ("" is v2), or one that is level above.
 * False when the host has no such hierarchy. */
bool cgroup_dir_open(const PlanInput *in, const char *controller, unsigned level, CgroupDir *ret);

/* The directory of the pod's own v2 cgroup. */
bool cgroup_dir_pod(const PlanInput *in, const PodCgroups *pod, CgroupDir *ret);

/* Goes down to a child. */
void cgroup_dir_enter(CgroupDir *dir, const char *child);

/* Adds the operation that makes it, and one that writes to a file in it. */
void cgroup_dir_add(PlanBuilder *b, const CgroupDir *dir, uint32_t flags);
void cgroup_dir_write(
	PlanBuilder *b, const CgroupDir *dir, const char *file, const char *text, uint32_t flags);
