/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where the entry points of a stage1 image are: in a mount namespace of the pod's, which begins
 * with its run and goes with its last process, so that none of its mounts is ever the host's.
 * Internal to the flavor. */

#include "pod/pod.h"

#define STAGE1_ROOT "stage1/rootfs"

/* There when what is written has to survive a crash of the host. */
#define STAGE1_DURABLE "stage1/durable"

/* See Flavor.arrive. "run" gets a new namespace with the roots of stage1 and of the apps in place;
 * "gc" one with that of stage1, which may have been through a reboot; all others join the pod's,
 * and "app-add" makes the root of the app there. */
int stage1_mounts_arrive(const Pod *pod, const char *name, const char *app, Error *err);

/* Unmounts the root of an app that a running pod had. 0 or a negative errno. */
int stage1_mounts_forget_app(const Pod *pod, const char *app, Error *err);
