/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What ends a process group when whoever started it is gone, however that ended: a process on the
 * host, in a session of its own, that waits for nothing else. The parent-death signal would reach
 * one process only, and not even that if it has changed its user. */

#include <sys/types.h>

/* Makes one for the caller; before the caller joins any namespace. Returns a descriptor, or a
 * negative errno. */
int leash_create(void);

/* What it is about: a child of the caller's that leads, or will lead, a process group. */
void leash_hold(int leash, pid_t leader);

/* The child has ended: the rest of its group may go on. Before it is waited for, since its number
 * may be another's then. */
void leash_release(int leash);
