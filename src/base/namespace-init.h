/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The first process of a PID namespace. Needs nothing but system calls, so that rkt-init can use it
 * too. */

#include <sys/types.h>

/* The child of parent that is PID 1 of a PID namespace of its own. Other children, and those that
 * have ended, are passed over. Its pid, 0 when there is none, or a negative errno (-ENOENT: parent
 * has ended). */
pid_t namespace_init_of(pid_t parent);
