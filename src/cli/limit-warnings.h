/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "plan/compile.h"

/* Tells the user of limits of the pod's apps that are set and that nothing will enforce. */
void limit_warnings(const PlanInput *in);
