/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The processes of a pod that its directory leads to. */

#include "plan/compile.h"
#include "pod/pod.h"

/* The process id in the pod's directory. -ENOENT when none is there yet, also while what is there
 * is that of an earlier run; 0 or another negative errno. */
int first_process_number(const Pod *pod, pid_t *ret);

/* The same. A pod counts as running from the moment that its lock is
 * held there, a few milliseconds before that is written: it is waited for. 0 or a negative errno.
 */
int first_process_supervisor(const Pod *pod, pid_t *ret, Error *err);

/* The pod's first process, as the host sees it: the child of the supervisor in ppid that is PID 1
 * of its namespace, or the process in pid. The same. */
int first_process_find(const Pod *pod, pid_t *ret, Error *err);
