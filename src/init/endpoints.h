/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sockets of an app's streams, or of its terminal, in the monitor: who connects to one gets what
 * the app prints there, or types to it, as plain bytes, besides those who are attached by frames.
 * They are stream sockets for root, ENDPOINTS_DIRECTORY/APP/sock-NAME in the pod's directory, with
 * the names of rkt's endpoints document: "stdin", "stdout", "stderr", or "tty". Each listens as
 * long as the app runs and has what it is for. */

#include <poll.h>
#include "plan/plan.h"

#define ENDPOINTS_DIRECTORY "stage1/rootfs/rkt/iottymux"
#define ENDPOINTS_SOCKET    "sock-"

/* Listens for all that the app in this place has now; says so where it cannot. */
void endpoints_open(unsigned app);

/* Fills fds (room for ENDPOINTS_POLL_MAX) with what to wait for; returns how many. */
#define ENDPOINTS_EACH     3 /* of an app */
#define ENDPOINTS_POLL_MAX (ENDPOINTS_EACH * PLAN_APPS_MAX)
unsigned endpoints_poll(struct pollfd *fds);
void endpoints_dispatch(const struct pollfd *fds, unsigned n);

/* Nobody can come any more. */
void endpoints_close(void);
