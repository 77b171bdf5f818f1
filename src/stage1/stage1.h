/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The stage1 interface of rkt: what runs, enters, stops and cleans up a pod is a flavor, reached
 * through entry points that are executed in the pod's directory (docs/internals/stage1.md). A
 * flavor is one row in the table of stage1.c. The native one is built in: its entry points are
 * names of rkt-init and rkt-pod, and preparing a pod for it is compiling a plan. */

#include "plan/compile.h"
#include "pod/user-range.h"

/* What the run entry point is told besides what the pod's directory holds. */
typedef struct Stage1Run {
	bool debug, interactive;
	const char *net; /* comma list as given with --net, "default" when not */
	UserRange users;
	const char *hostname; /* NULL: not given */
} Stage1Run;

/* Makes the pod's directory ready for its run: what the flavor needs there, and the plan. in
 * describes the pod as plan_compile() takes it. Nothing is synced. 0 or a negative errno. */
int stage1_prepare(const Pod *pod, const PlanInput *in, Error *err);

/* Becomes the pod's supervisor: executes the run entry point in place of the caller, with the pod's
 * lock inherited (RKT_LOCK_FD). The pod must be in the run directory and its lock held. Returns
 * only on failure. */
int stage1_run(const Pod *pod, const Stage1Run *run, Error *err);

/* Becomes command in an app of a running pod. command is NULL-terminated. Returns only on failure.
 */
int stage1_enter(const Pod *pod, const char *app, const char *const *command, Error *err);

/* What attaching to an app means: an action of the entry point, and for "custom-attach" the ends
 * that were chosen. */
typedef enum AttachAction {
	ATTACH_LIST, /* prints what there is */
	ATTACH_AUTO, /* to all that there is */
	ATTACH_CUSTOM,
} AttachAction;

typedef enum AttachEnd {
	ATTACH_TTY_IN = 1 << 0,
	ATTACH_TTY_OUT = 1 << 1,
	ATTACH_STDIN = 1 << 2,
	ATTACH_STDOUT = 1 << 3,
	ATTACH_STDERR = 1 << 4,
} AttachEnd;

typedef struct Stage1Attach {
	const char *app;
	AttachAction action;
	unsigned ends; /* AttachEnd */
	bool debug;
} Stage1Attach;

/* Becomes the attach entry point for an app of a running pod. Returns only on failure. */
int stage1_attach(const Pod *pod, const Stage1Attach *attach, Error *err);

/* Asks a running pod to stop, or ends it at once; does not wait. 0, the entry point's exit status
 * (> 0), or a negative errno. */
int stage1_stop(const Pod *pod, bool force, Error *err);

/* Adds the one app of in->manifest to a mutable pod that runs: makes its directories, and calls the
 * entry point app-add, after which the app can be started. The options of in are those that the pod
 * was started with and are filled in. Results as stage1_stop(). */
int stage1_add_app(const Pod *pod, PlanInput *in, bool debug, Error *err);

/* Calls one of the other entry points for an app of such a pod: "app-start", "app-stop", which
 * waits for the app's end, or "app-rm", before which the app has to be stopped. Results as
 * stage1_stop(); STAGE1_NO_APP where there is no such app. */
#define STAGE1_NO_APP 5
int stage1_app(const Pod *pod, const char *entry_point, const char *app, bool debug, Error *err);

/* Removes what the pod has outside its directory; as a hook for GcHooks, with a pointer to a bool
 * that says whether to debug. Results as stage1_stop(). */
int stage1_gc(void *debug, const Pod *pod, Error *err);
