/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What is used in cgroups, as far as their controllers tell. */

#include <sys/types.h>
#include "isolate/cgroup.h"

typedef enum CgroupFigure {
	CGROUP_CPU_NS,
	CGROUP_MEMORY_USED,  /* bytes, without files that could be dropped */
	CGROUP_MEMORY_LIMIT, /* bytes */
	CGROUP_PIDS_NOW,     /* processes and threads */
	CGROUP_IO_READ,      /* bytes */
	CGROUP_IO_WRITTEN,
	CGROUP_FIGURES,
} CgroupFigure;

typedef struct CgroupUsage {
	uint64_t figures[CGROUP_FIGURES];
	unsigned known; /* bits 1 << CgroupFigure */
} CgroupUsage;

/* Looks in the cgroups that a process is in, where these are below one of the name outer: there in
 * the one below it of the name inner. With inner NULL it is outer itself. What is not below such
 * cgroups, or not told there, is not known. */
void cgroup_usage_read(
	const CgroupHost *host, pid_t pid, const char *outer, const char *inner, CgroupUsage *ret);
