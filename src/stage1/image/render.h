/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a pod's directory holds for a stage1 that is an image, before it runs. Internal to the
 * flavor. */

#include "plan/compile.h"
#include "pod/pod.h"

/* Makes stage1's root and the places of the apps in it, and writes what names its layers. The pod
 * has no stage1 yet. 0 or a negative errno. */
int render_stage1(const Pod *pod, const PlanInput *in, const Image *stage1, Error *err);

/* Writes what the run is told about names: etc/rkt-resolv.conf and etc/rkt-hosts in stage1's root.
 * 0 or a negative errno. */
int render_names(const Pod *pod, const PlanInput *in, Error *err);

/* Makes the place of an app, "opt/stage2/APP" with its manifest, in the root that root_fd is open
 * on: a directory "rootfs" too, when that is to be mounted on. first_id owns them. 0 or a negative
 * errno. */
int render_place(
	const Pod *pod, int root_fd, const char *app, bool overlay, uint32_t first_id, Error *err);

/* Takes such a place away again, the directory with all that is in it. Best effort. */
void render_forget_place(int root_fd, const char *app);
