/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* How this host arranges control groups, and where in them the caller is: a pod's cgroups are made
 * below the caller's, so that whoever manages the caller (a service manager, a scheduler) manages
 * the pod. */

#include "base/error.h"

typedef enum CgroupMode {
	CGROUP_NONE,   /* nothing mounted at /sys/fs/cgroup */
	CGROUP_V1,     /* one hierarchy a controller */
	CGROUP_HYBRID, /* the same, and v2 without controllers at /sys/fs/cgroup/unified */
	CGROUP_V2,     /* one hierarchy */
} CgroupMode;

typedef struct CgroupHost {
	CgroupMode mode;
	char *membership; /* what /proc/self/cgroup says */
} CgroupHost;

/* Looks at /sys/fs/cgroup and /proc/self/cgroup. 0 or a negative errno; free with
 * cgroup_host_done(). */
int cgroup_host_read(CgroupHost *ret, Error *err);
void cgroup_host_done(CgroupHost *h);

/* The caller's path in the hierarchy of a v1 controller ("devices", "name=systemd") or, for "", of
 * v2. Starts with '/'. *ret_len is the length; the text is part of h. NULL when the caller is in no
 * such hierarchy. */
const char *cgroup_host_path(const CgroupHost *h, const char *controller, size_t *ret_len);

/* Where a hierarchy is mounted: "/sys/fs/cgroup/devices". controller as above. Written to buf and
 * returned, NULL when that hierarchy is not mounted. */
const char *cgroup_host_mount(const CgroupHost *h, const char *controller, char *buf, size_t size);

#define _cleanup_cgroup_host_ __attribute__((cleanup(cgroup_host_done)))
