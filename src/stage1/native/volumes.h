/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Empty volumes: directories below sharedVolumes in the pod's directory. */

#include "plan/compile.h"
#include "plan/plan.h"
#include "pod/pod.h"

/* Makes storage for every empty volume that the plan binds, the implicit ones among them. Those of
 * Docker's and OCI's images begin with what the image has at their place, and with its owner and
 * mode. Volumes that are there already stay as they are. 0 or a negative errno. */
int native_make_volumes(const Pod *pod, const PlanInput *in, const Plan *plan, Error *err);
