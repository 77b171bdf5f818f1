/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The host's side of a pod's start: from a plan whose host operations were executed to a first
 * process that may start the apps. */

#include "init/execute.h"
#include "init/pod.h"

typedef struct Started {
	pid_t first; /* the pod's first process; 0 while there is none */
	int channel; /* to it */
} Started;

/* Starts the pod of start->plan in the cgroups that x has made, and fills in the rest of *start.
 * *doing is always what is being done, as in "cannot ...". 0, or a negative errno; ret->first, if
 * it is set then, is for the caller to end. */
int start_pod(PodStart *start, const Execution *x, Started *ret, const char **doing);

/* Lets the first process start the apps: start_pod() has done so, unless somebody is still at work
 * on the pod's networks (start->connection). dns: whether these have named DNS servers; host: see
 * network_wait(). */
void start_apps_of(const Started *started, bool dns, int32_t host);
