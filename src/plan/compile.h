/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The compiler: from a pod manifest, its images and facts of the host to a plan. It changes nothing
 * on the host, so that what it makes can be printed and compared. */

#include "isolate/cgroup.h"
#include "plan/plan.h"
#include "spec/pod-manifest.h"
#include "store/store.h"

typedef enum PlanConfinement {
	PLAN_ALL_CAPABILITIES = 1 << 0, /* apps may have every capability */
	PLAN_OPEN_PATHS =
		1 << 1, /* kernel paths are neither hidden nor read-only, any device may be used */
	PLAN_NO_SECCOMP = 1 << 2, /* apps run without a system call filter */
} PlanConfinement;

typedef struct PlanOptions {
	const char *hostname;    /* NULL: "rkt-UUID" */
	bool host_network;       /* stay in the caller's network namespace */
	bool host_ipc;           /* stay in the caller's IPC namespace */
	bool interactive;        /* the only app gets the caller's stdin, stdout and stderr ... */
	bool terminal;           /* ... through a terminal of the pod */
	const char *term;        /* TERM for it, or NULL */
	bool durable;            /* changes to root filesystems survive a crash of the host */
	unsigned open;           /* PlanConfinement */
	const char *resolv_conf; /* content of /etc/resolv.conf; NULL: the image's own */
	bool host_resolv_conf;   /* the host's /etc/resolv.conf */
	bool no_resolv_conf;     /* leave it alone, whatever the network is */
	bool network_dns;        /* networks may name DNS servers: then the pod's directory has a
				    resolv.conf once it is connected */
	const char *hosts;       /* lines to add to /etc/hosts, replacing the image's; NULL: none */
	bool host_hosts;         /* the host's /etc/hosts */
	const char
		*metadata_token; /* the pod's at the metadata service; NULL: it is not registered */
	bool no_overlay; /* root filesystems are copies that were made in the pod's directory */
	uint32_t first_id, n_ids; /* of the pod's user namespace on the host; n_ids is 0 for none */
} PlanOptions;

/* The sockets that an app gets of those that a service manager has passed to rkt. */
typedef struct PlanSockets {
	uint32_t *places;   /* among all that rkt was passed, counted from 0 */
	const char **names; /* what the app knows each by: that of its port */
	size_t n;           /* at most PLAN_SOCKETS_MAX */
} PlanSockets;

typedef struct PlanInput {
	const char *uuid;
	const char *data_dir;
	const Store *store;
	const PodManifest *manifest;
	const Image *const *images; /* one for each app of the manifest, in its order */
	const CgroupHost *cgroups;
	const PlanSockets *sockets; /* one for each app; NULL: nobody gets any */
	const Plan *pod; /* by which the mutable pod runs that the app is added to, else NULL */
	const char *const *words; /* what the pod was told, to be written down; n_words of them */
	size_t n_words;
	PlanOptions options;
} PlanInput;

/* Where the copy of an app's root filesystem is that no_overlay asks for, relative to the pod's
 * directory. Written to buf and returned. */
#define PLAN_COPY_SIZE (PLAN_NAME_MAX + 48)
const char *plan_copy_path(const char *app, char buf[static PLAN_COPY_SIZE]);

/* The directory that holds what an app changes, where its root filesystem is an overlay. The same.
 */
const char *plan_upper_path(const char *app, char buf[static PLAN_COPY_SIZE]);

/* Lower directories of overlays, relative to the pod's directory: what is below every image, and a
 * layer of the store, or the directory that the store has for it. Those are written to buf and
 * returned. */
#define PLAN_SKELETON_PATH   "../../../cas/skeleton"
#define PLAN_LAYER_PATH_SIZE 192
const char *plan_layer_dir(const char *layer, char buf[static PLAN_LAYER_PATH_SIZE]);
const char *plan_layer_path(const char *layer, char buf[static PLAN_LAYER_PATH_SIZE]);

/* Compiles. Paths of the pod are written relative to its directory, which is at pods/STATE/UUID
 * below the data directory whenever the plan is executed. The plan is in fresh memory. 0, -EINVAL
 * for what cannot be run (no executable, an unknown user, a mount without its volume), or another
 * negative errno. */
int plan_compile(const PlanInput *in, void **ret, size_t *ret_len, Error *err);

/* Compiles what it takes to add the apps of the manifest to the mutable pod that runs by in->pod:
 * the operations "pod" make their root filesystems in the pod's, and nothing is left to do for the
 * host but the cgroups of the apps themselves. The options are those that the pod was started with.
 * Results as plan_compile(). */
int plan_compile_added(const PlanInput *in, void **ret, size_t *ret_len, Error *err);
