/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "isolate/cgroup.h"

#define CGROUP_ROOT "/sys/fs/cgroup"

/* Fills in levels from the caller's cgroup upwards, n at most, and the limit of processes that
 * follows from them. What cannot be read has no controllers. */
void cgroup_controllers_read(CgroupHost *h, unsigned n);

/* The controllers in a list such as "cpuset cpu memory\n". */
unsigned cgroup_controllers_parse(const char *list);
