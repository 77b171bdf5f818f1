/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The plan of the pod whose directory is the working directory. */

#include "plan/plan.h"

/* Maps and checks the file "plan". 0, -ENOENT, or -EBADMSG for one that is not whole: a pod whose
 * preparation was interrupted. */
int plan_file_open(Plan *ret);
