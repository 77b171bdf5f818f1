/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An app's keeper: the process that an app has in the place of its main one when its image has
 * event handlers, or when it is to be started again. It has executed what all of the app's programs
 * share, and runs each of them as a child that executes the rest: the handler pre-start, the app,
 * the handler post-stop. */

#include <signal.h>
#include "init/execute.h"

/* What the pod's first process has to hear of the keepers: the app's own program runs, for the
 * first time or again. Signals of this kind are queued, each with the number of who has sent it. */
#define KEEPER_STARTED (SIGRTMIN + 1)

/* What tells a keeper to stop its app, by the signal that is the app's: as long as it comes from
 * the pod's first process, or from outside of the pod. It is queued, too, so that those of others,
 * such as an app that signals everything, are not taken for it, nor in its place. */
#define KEEPER_STOP (SIGRTMIN + 2)

/* The signal that asks an app's process to end; 0 for a keeper, which is KEEPER_STOP. */
static inline int keeper_stop_signal(const PlanApp *app)
{
	return plan_app_is_kept(app) ? 0 : app->stop_signal;
}

/* Keeps the app, and exits with its status (numbers of signals as they are): that of a handler
 * pre-start that has failed, else that of the app's last end. alone: its pod has no other app, so
 * that what stops it is for everything in the pod. The caller has all signals blocked. */
_noreturn_ void keeper_run(Execution *x, const PlanApp *app, bool alone);
