/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The control socket of a pod that is mutable, or has an app that one can attach to: "control" in
 * the pod's directory, for root. Who adds, starts, stops and removes apps does the work himself, as
 * a process of the host or one that is born into the pod; what the monitor has to know he says
 * here, one request a packet, answered by a number: 0 or a negative errno. */

#include <poll.h>
#include "plan/plan.h"

typedef enum ControlKind {
	CONTROL_NOTHING,
	/* Mutable pods: a process of the app waits there, as a child that the first process has
	 * inherited: pid there, and stop_signal. The monitor's ends of its streams come along, in
	 * their order, then the master of its terminal if it has one, and its log file.
	 * Answered when it is looked after: -EALREADY if the app runs, -ESRCH if there is no such
	 * process, -EBUSY if the pod is being stopped, -EAGAIN if there are too many apps. */
	CONTROL_STARTED,
	/* Mutable pods: stop the app. Answered when it has ended; at once if it does not run. */
	CONTROL_STOP,
	/* Attach the asker to these endpoints of the app. After the answer 0 the connection is his
	 * session (init/frames.h). -ESRCH: the app does not run, -ENOENT: it has none of these,
	 * -EAGAIN: too many are attached. */
	CONTROL_ATTACH,
} ControlKind;

typedef struct ControlRequest {
	uint32_t kind;
	int32_t pid;
	uint32_t stop_signal;
	uint32_t endpoints; /* ATTACH_* bits */
	uint8_t stream[3];  /* the app's, as in PlanApp */
	uint8_t log;        /* 1: the file of PlanApp's log comes along, too */
	char app[PLAN_NAME_MAX];
} ControlRequest;

#define CONTROL_SOCKET "control"

/* How long a monitor may take to listen, or to answer where that takes nothing else; and who has
 * connected, to say what he wants, where others wait for his place. */
#define CONTROL_SECONDS 30
#define CONTROL_SILENCE 25

/* From outside: connects. A descriptor, or a negative errno: -ECONNREFUSED, -ENOENT when there is
 * no such pod, -ETIMEDOUT. */
int control_connect(void);

/* Sends a request with n descriptors and waits so many seconds for the answer. Returns it, or the
 * negative errno of what failed: -EPIPE when the pod has ended meanwhile, -ETIMEDOUT. */
int control_ask(
	int socket, const ControlRequest *request, const int *fds, unsigned n, unsigned seconds);

/* The monitor's side. channel leads to the pod's first process, if apps come and go; -1: they do
 * not. 0 or a negative errno. */
int control_listen(int channel);

/* How long poll() may wait, in milliseconds; -1: for ever. After control_poll(). */
int control_timeout(void);

/* Fills fds with what to wait for, as console_poll() does. */
#define CONTROL_CLIENTS  16
#define CONTROL_POLL_MAX (1 + CONTROL_CLIENTS)
unsigned control_poll(struct pollfd *fds);
void control_dispatch(const struct pollfd *fds, unsigned n);

/* What the first process has said of an app: answers who waits for it. r: 0, or why the process
 * could not be adopted. */
void control_app_started(unsigned app, int r);
void control_app_ended(unsigned app);

/* Nobody can connect any more. */
void control_close(void);
