/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "plan/plan.h"

/* Prints rkt's endpoints document of an app of the pod whose directory is the working one: JSON
 * with what one can attach to, and where. 0 or a negative errno. */
int attach_list(const PlanApp *app, const char *name);
