/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Terminals in the pod's /dev/pts, made from inside. */

#include "plan/plan.h"

/* Whether one of the app's streams is a terminal of its own. */
bool app_tty_wanted(const PlanApp *app);

/* Makes a terminal. Returns the end that is for an app, and the other one; or a negative errno. */
int tty_open(int *ret_master);

/* The same for such an app, whose user owns it. */
int app_tty_open(const Plan *plan, const PlanApp *app, int *ret_master);
