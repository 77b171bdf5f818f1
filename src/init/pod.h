/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The two processes of a pod that are rkt-init: the monitor, which is the process that the user's
 * "rkt run" has become and stays outside, and the pod's first process, which is PID 1 of its
 * namespaces. They share this description. */

#include "init/execute.h"

typedef struct PodStart {
	const Plan *plan; /* mapped from its file */
	int channel;      /* this side's end of the channel between the two */
	int pipes[PLAN_APPS_MAX]
		 [2];              /* write ends of stdout's and stderr's pipe of each app, or -1 */
	int inputs[PLAN_APPS_MAX]; /* read ends of stdin's pipe; 0: there is none */
	int null;                  /* /dev/null of the host */
	int user_namespace;        /* the pod's, or -1 */
	int views;                 /* as in Execution */
	bool alone;                /* the pod has one app, now and later */
	int32_t host;              /* MESSAGE_GO's b, once it has come */
	int connection;            /* to who connects the pod to its networks; 0: nobody does */
} PodStart;

/* What the pod's first process runs; never returns. It holds no descriptor of the host but the
 * channel. */
_noreturn_ void pod_first_process(PodStart *start);

/* Gives every signal its default disposition, whatever the caller of rkt has ignored. Apps inherit
 * it. */
void app_default_signals(void);

/* In an app's new process, the first step: a session of its own, with tty as its terminal unless
 * that is -1. Does not return on failure. */
void app_new_session(int tty);

/* In an app's new process, after that: becomes the app, or its keeper (init/keeper.h). On failure
 * as app_execute(). */
_noreturn_ void app_exec(const PodStart *start, unsigned app, int tty);

/* Executes operations of an app. On failure says why on the app's stderr and exits with the status
 * that service managers use for the step that failed (200 working directory, 203 program, ...). */
void app_execute(Execution *x, PlanRange ops);
