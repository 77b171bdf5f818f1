/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The stage1 interface of rkt: what runs, enters, stops and cleans up a pod is a flavor, reached
 * through entry points that are executed in the pod's directory (docs/internals/stage1.md). The
 * native one is built in: its entry points are names of rkt-init and rkt-pod, and preparing a pod
 * for it is compiling a plan. The other one is whatever an image of the store holds whose manifest
 * names entry points. */

#include "plan/compile.h"
#include "pod/user-range.h"

typedef struct Flavor Flavor;

/* The flavor that image is for; the native one for NULL. */
const Flavor *stage1_flavor(const Image *image);

/* The flavor that a pod was prepared for, which has not run yet. 0 or a negative errno. */
int stage1_flavor_of(const Pod *pod, const Flavor **ret, Error *err);

/* What the run entry point is told besides what the pod's directory holds. */
typedef struct Stage1Run {
	const Flavor *flavor; /* the pod's; NULL: to be found out */
	bool debug, interactive;
	const char *net; /* comma list as given with --net, "default" when not */
	UserRange users;
	const char *metadata_token; /* the pod's at the metadata service; NULL: none */
	const char *local_config;   /* directory, NULL: none */
	const char *hostname;       /* NULL: not given */
	const char *resolv, *hosts; /* who makes /etc/resolv.conf and /etc/hosts: "host", "stage0"
				       (rkt has written it), "none" or "default" */
	unsigned open;              /* PlanConfinement */
	bool mutable;
	const char *ipc; /* "auto", "private", "parent"; NULL: not given */
	int connection;  /* to who connects the pod to its networks (plan/connection.h); 0: none */
	unsigned n_sockets; /* that a service manager has passed to rkt, from PLAN_SOCKETS_FIRST
			       on: those that are open still are the pod's */

	/* See EntryPoint.last. */
	int (*last)(void *userdata, Error *err);
	void *userdata;

	/* Hears of what was asked for and the stage1 is too old to do. */
	void (*warn)(const char *text);
} Stage1Run;

/* Makes the pod's directory ready for its run: what the flavor needs there, and the plan. in
 * describes the pod as plan_compile() takes it; image is the stage1's, NULL for the native flavor
 * and for a pod that was prepared before, where only what its run changes is made. Nothing is
 * synced. 0 or a negative errno. */
int stage1_prepare(
	const Flavor *flavor, const Pod *pod, const PlanInput *in, const Image *image, Error *err);

/* Becomes the pod's supervisor: executes the run entry point in place of the caller, with the pod's
 * lock inherited (RKT_LOCK_FD). The pod must be in the run directory and its lock held. Returns
 * only on failure. */
int stage1_run(const Pod *pod, const Stage1Run *run, Error *err);

/* Becomes command in an app of a running pod. command is NULL-terminated. Returns only on failure.
 */
int stage1_enter(const Pod *pod, const char *app, const char *const *command, Error *err);

/* What a command in an app is told besides its words; the rest is as the app has it. */
typedef struct Stage1Exec {
	const char *app;
	bool interactive;           /* it gets the caller's stdin */
	bool tty;                   /* a terminal in the pod stands for the caller's */
	int64_t uid, gid;           /* -1: the app's */
	const char *cwd;            /* NULL: the app's */
	StrList environment;        /* "NAME=VALUE", in place of the app's or besides it */
	const char *const *command; /* NULL-terminated */
} Stage1Exec;

/* Becomes what follows a command that is run as what an app of a running pod is. Returns only on
 * failure. */
int stage1_exec(const Pod *pod, const Stage1Exec *exec, Error *err);

/* Opens the root directory of an app of a running pod, as the app sees it, with all that is mounted
 * there. What is below is the pod's to change at any moment: it is entered with openat2() only. A
 * descriptor, or a negative errno; -EOPNOTSUPP for pods of stage1 images. */
int stage1_open_root(const Pod *pod, const PodManifest *m, const char *app, Error *err);

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

/* The plan that a pod of the native flavor runs by, in fresh memory at *ret_data, which is NULL for
 * a pod of another stage1. 0 or a negative errno. */
int stage1_read_plan(const Pod *pod, void **ret_data, Plan *ret, Error *err);

/* Adds the one app of in->manifest to a mutable pod that runs, by the plan in->pod if it has one:
 * makes its directories, and calls the entry point app-add, after which the app can be started. The
 * options of in are those that the pod was started with and are filled in. Results as
 * stage1_stop(). */
int stage1_add_app(const Pod *pod, PlanInput *in, bool debug, Error *err);

/* Calls one of the other entry points for an app of such a pod: "app-start", "app-stop", which
 * waits for the app's end, or "app-rm", before which the app has to be stopped. Results as
 * stage1_stop(); STAGE1_NO_APP where there is no such app. */
#define STAGE1_NO_APP 5
int stage1_app(const Pod *pod, const char *entry_point, const char *app, bool debug, Error *err);

/* Removes what the pod has outside its directory, also one that never ran; as a hook for GcHooks,
 * with a pointer to a Stage1Gc. Results as stage1_stop(). */
typedef struct Stage1Gc {
	bool debug;
	const char *local_config; /* directory, NULL: none */
} Stage1Gc;
int stage1_gc(void *options, const Pod *pod, Error *err);

/* Makes a pod that has ended, whose lock is held, one that stage1_prepare() can make ready for
 * another run: removes the same, and the files that tell of the run before; what the apps have
 * written stays. -EOPNOTSUPP where the stage1 is an image, else results as stage1_stop(). */
int stage1_reset(const Pod *pod, const Stage1Gc *gc, Error *err);
