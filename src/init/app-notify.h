/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Apps that say themselves when they are ready (sd_notify(3)): the monitor's side. */

#include <poll.h>
#include "plan/plan.h"

/* Makes their sockets in the working directory, before the pod is there. 0 or a negative errno. */
int app_notify_open(const Plan *plan);

/* Whether all of them have said that they are ready, or there are none. */
bool app_notify_all_ready(void);

/* Fills fds (room for APP_NOTIFY_POLL_MAX) with what to wait for; how many, and what has come. */
#define APP_NOTIFY_POLL_MAX PLAN_APPS_MAX
unsigned app_notify_poll(struct pollfd *fds);
void app_notify_dispatch(const struct pollfd *fds, unsigned n);
