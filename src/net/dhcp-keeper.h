/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The process that keeps a container's lease: it asks for more time while the container has the
 * interface. It holds nothing of the namespace while it waits, so that this goes when others are
 * done with it, and ends when it is gone, when the lease is lost, or when DEL ends it. */

#include "base/error.h"

/* The word by which rkt-cni becomes that process, before the path of the record. */
#define DHCP_KEEP "keep-lease"

/* Starts it, for the record at an absolute path, and waits until it is at work. It is nobody's
 * child then. 0 or a negative errno. */
int dhcp_keeper_start(const char *path, Error *err);

/* Ends it: fd is open on the record, for reading and writing. Fine when there is none. One
 * that is not in the caller's namespace of processes ends a little after the record is removed. 0
 * or a negative errno. */
int dhcp_keeper_stop(int fd, Error *err);

/* Whether there is one: 1, 0 or a negative errno. */
int dhcp_keeper_runs(int fd);

/* Is it. Returns when there is nothing to be kept any more: 0 or a negative errno. */
int dhcp_keeper_run(const char *path);
