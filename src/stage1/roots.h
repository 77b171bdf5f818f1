/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the root filesystems of a pod's apps are made of: the writable half of an overlay, or a copy
 * of the image. */

#include "plan/compile.h"
#include "pod/pod.h"

/* Room for the path of a directory of an overlay, relative to the pod's directory. */
#define ROOTS_PATH_SIZE (PLAN_NAME_MAX + 32)

/* Makes a directory of the pod's, with mode 0755, if it is not there yet. 0 or a negative errno. */
int roots_make_directory(const Pod *pod, const char *name, Error *err);

/* The same with mode 0700: for what holds files that apps may change, and make programs that set
 * their user. The group of the data directory may enter the pod's. What is made below it has the
 * caller's group. */
int roots_make_private(const Pod *pod, const char *name, Error *err);

/* Makes the upper and the work directory of an app's overlay, "overlay/APP.upper" and ".work" in
 * the pod's directory, where "overlay" is, if they are not there yet. first_id owns the upper one,
 * which becomes the app's "/". 0 or a negative errno. */
int roots_make_overlay(const Pod *pod, const char *app, uint32_t first_id, Error *err);

/* Copies each app's image to plan_copy_path() in the pod's directory, but those that are there
 * already. first_id is added to the number of each owner. 0 or a negative errno. */
int roots_copy(const Pod *pod, const PlanInput *in, uint32_t first_id, Error *err);
