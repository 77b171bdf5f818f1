/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The pod's user namespace. It has to be there before the pod's first process makes mounts that are
 * seen with its numbers, long before that process may become a part of it: so a child of the
 * monitor is born in it, holds it meanwhile, and makes what has to be made from inside. */

#include "plan/plan.h"

/* Makes the namespace, with the numbers that the plan says. channel leads to the pod's first
 * process, connection to who connects it to its networks, if that is not 0: both are told of the
 * network namespace. Returns a descriptor of the namespace or a negative errno. */
int userns_create(const Plan *plan, int channel, int connection);

/* Has the network namespace made that belongs to it, if the pod has one, and handed over. 0 or a
 * negative errno; the child is gone either way. */
int userns_finish(void);

/* In another child of the monitor: lets go of what it got of all this. */
void userns_forget(void);

/* In a process that has joined the namespace as nobody: makes it root there. 0 or a negative errno.
 */
int userns_become_root(void);
