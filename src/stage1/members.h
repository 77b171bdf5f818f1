/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which processes a running pod has, and whose they are. */

#include "base/process-table.h"
#include "pod/pod.h"

typedef struct Member {
	const ProcessEntry *process; /* in the table that it was found in */
	size_t app; /* its app's place in the manifest, or, of none there, the number of apps */
} Member;

typedef struct Members {
	Member *items; /* by pid on the host */
	size_t n;
} Members;

/* Finds the processes of a pod in a table, but for those of its stage1: the pod's first process. A
 * process is of the app whose root directory it has, else of its parent's. None for a pod that is
 * about to start or has ended meanwhile. 0 or -ENOMEM. */
int members_find(const Pod *pod, const PodManifest *m, const ProcessTable *t, Members *ret);
void members_done(Members *m);

#define _cleanup_members_ __attribute__((cleanup(members_done)))
