/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The first process of a PID namespace, and its supervisor. Needs nothing but system calls, so that
 * rkt-init can use it too. */

#include <stdbool.h>
#include <sys/types.h>

/* The child of parent that is PID 1 of a PID namespace of its own, where both are root's. Any user
 * can make such a namespace, and wait in the directory of a pod that is over with the number of
 * what supervised it. Other children, and those that have ended, are passed over. Its pid, 0 when
 * there is none, or a negative errno (-ENOENT: parent has ended). */
pid_t namespace_init_of(pid_t parent);

/* Whether this is the working directory of the process. The supervisor of a pod has the pod's: a
 * later process with its number has not. */
bool process_is_in(pid_t pid, int dir);
