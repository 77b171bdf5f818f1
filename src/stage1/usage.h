/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the apps of a running pod use of the host. */

#include "isolate/cgroup.h"
#include "stage1/members.h"

typedef struct AppUsage {
	uint64_t cpu_ns;              /* since the app's start */
	uint64_t memory;              /* bytes, without files that could be dropped */
	uint64_t memory_limit;        /* bytes, 0: none */
	uint64_t pids;                /* processes and threads */
	uint64_t io_read, io_written; /* bytes from and to disks */
} AppUsage;

/* Fills in ret[] for the apps of the manifest, in its order. What an app's cgroup tells is taken
 * from there; the rest is the sum over the processes that it has now: of its ended ones only those
 * count that were waited for. 0 or -ENOMEM. */
int usage_read(const Pod *pod, const PodManifest *m, const CgroupHost *host, const ProcessTable *t,
	AppUsage *ret);
