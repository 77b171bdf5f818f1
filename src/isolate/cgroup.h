/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How this host arranges control groups, and where in them the caller is: a pod's cgroups are made
 * below the caller's, so that whoever manages the caller (a service manager, a scheduler) manages
 * the pod. */

#include <stdint.h>
#include "base/error.h"

typedef enum CgroupMode {
	CGROUP_NONE,   /* nothing mounted at /sys/fs/cgroup */
	CGROUP_V1,     /* one hierarchy a controller */
	CGROUP_HYBRID, /* the same, and v2 without controllers at /sys/fs/cgroup/unified */
	CGROUP_V2,     /* one hierarchy */
} CgroupMode;

/* Controllers that limits of resources need. */
enum {
	CGROUP_CPU = 1 << 0,
	CGROUP_MEMORY = 1 << 1,
	CGROUP_PIDS = 1 << 2,
	CGROUP_ALL_CONTROLLERS = CGROUP_CPU | CGROUP_MEMORY | CGROUP_PIDS,
};

/* "cpu", "memory", "pids"; NULL for what is not one controller. */
const char *cgroup_controller_name(unsigned controller);

#define CGROUP_LEVELS_MAX 32

typedef struct CgroupHost {
	CgroupMode mode;
	char *membership; /* what /proc/self/cgroup says */
	/* v2 only: the controllers that children of a cgroup can have, for the caller's cgroup, its
	 * parent, and so on to the root of the hierarchy. Those that are enabled, and those that it
	 * would take only a word to enable: where no process is in the way. */
	unsigned n_levels;
	unsigned enabled[CGROUP_LEVELS_MAX], possible[CGROUP_LEVELS_MAX];
	uint64_t pids; /* how many processes and threads a pod may have at most unless told; 0: any
			  number */
} CgroupHost;

/* Looks at /sys/fs/cgroup and /proc/self/cgroup; of v2's levels at the caller's only. 0 or a
 * negative errno; free with cgroup_host_done(). */
int cgroup_host_read(CgroupHost *ret, Error *err);
void cgroup_host_done(CgroupHost *h);

/* Looks at the other levels, for a pod that needs controllers. */
void cgroup_host_read_levels(CgroupHost *h);

/* The caller's path in the hierarchy of a v1 controller ("devices", "name=systemd") or, for "", of
 * v2. Starts with '/'. *ret_len is the length; the text is part of h. NULL when the caller is in no
 * such hierarchy. */
const char *cgroup_host_path(const CgroupHost *h, const char *controller, size_t *ret_len);

/* Where a hierarchy is mounted: "/sys/fs/cgroup/devices". controller as above. Written to buf and
 * returned, NULL when that hierarchy is not mounted. */
const char *cgroup_host_mount(const CgroupHost *h, const char *controller, char *buf, size_t size);

#define _cleanup_cgroup_host_ __attribute__((cleanup(cgroup_host_done)))
