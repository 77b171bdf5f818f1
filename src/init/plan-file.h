/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The plan of the pod whose directory is the working directory. */

#include "plan/plan.h"

#define PLAN_FILE "plan"

/* Maps and checks a plan, PLAN_FILE or that of an app that was added. 0, -ENOENT, or -EBADMSG for
 * one that is not whole: a pod whose preparation was interrupted. */
int plan_file_open(const char *path, Plan *ret);
