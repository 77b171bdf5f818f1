/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Root filesystems without overlays: a copy of each app's image, at plan_copy_path() in the pod's
 * directory. */

#include "plan/compile.h"
#include "pod/pod.h"

/* Makes those that are not there yet. 0 or a negative errno. */
int native_copy_roots(const Pod *pod, const PlanInput *in, Error *err);
