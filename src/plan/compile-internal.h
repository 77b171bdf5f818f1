/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The parts of the compiler. Each adds operations to the builder; order in the plan is order of
 * calls. */

#include "plan/build.h"
#include "plan/compile.h"
#include "store/view.h"

/* One app while its part of the plan is made. */
typedef struct AppCompile {
	const PlanInput *in;
	PlanBuilder *b;
	const RuntimeApp *runtime;
	const App *app; /* of the pod manifest, or where it leaves that out, of the image */
	const Image *image;
	const PlanSockets *sockets; /* NULL: it gets none */
	bool notifies;              /* it says itself when it is ready */
	View view;                  /* of the image; use app_view() */
	bool view_open;
	bool alone;     /* the only app: its root is the pod's */
	char root[192]; /* its root below the pod's, "" when alone */
	uint32_t uid, gid;
	uint8_t stream[3]; /* PlanStream */
	uint32_t log;      /* as in PlanApp */
	const char *term;  /* TERM for its terminal, or NULL */
} AppCompile;

/* The image's files, opened when first asked for. */
int app_view(AppCompile *c, const View **ret, Error *err);

/* Operations of the monitor: the pod's cgroups and device rules. */
int compile_cgroups(const PlanInput *in, PlanBuilder *b, Error *err);

/* Operations of the monitor that are one app's: its own cgroups, where it has limits. Their range.
 */
PlanRange compile_limits(AppCompile *c);

/* Whether apps have v2 cgroups of their own, and so their own view of the hierarchy. */
bool compile_apps_split(const PlanInput *in);
/* With a user namespace: what has to be done before and after everything else that the pod's first
 * process does. */
int compile_users_begin(const PlanInput *in, PlanBuilder *b, Error *err);
void compile_users_end(const PlanInput *in, PlanBuilder *b);

/* Refuses numbers that the pod's user namespace does not have. */
int compile_check_ids(const PlanInput *in, int64_t uid, int64_t gid, Error *err);

/* The pod's own root, where several apps have theirs below, with what they share. */
void compile_pod_root(const PlanInput *in, PlanBuilder *b);

/* Calls func for each layer of the pod's images, once. */
void compile_each_layer(const PlanInput *in, PlanBuilder *b,
	void (*func)(const PlanInput *in, PlanBuilder *b, const char *layer));

/* The layers that are views have to be mounted before anything else. */
void compile_views(const PlanInput *in, PlanBuilder *b);

/* An app's root filesystem. */
int compile_app_root(AppCompile *c, Error *err);

/* /proc, /sys and /dev of the base. compile_shared_api() takes /proc and /sys of the pod's root
 * instead. */
void compile_api(const PlanInput *in, PlanBuilder *b);
void compile_shared_api(PlanBuilder *b);

/* The pod's host name: the one that was asked for, else "rkt-UUID", which is put into buf. */
#define HOSTNAME_SIZE (sizeof "rkt-" + 36)
const char *compile_hostname(const PlanInput *in, char buf[static HOSTNAME_SIZE]);

/* Operations of the monitor: files that the apps find as /etc/hosts and /etc/resolv.conf. */
int compile_pod_files(const PlanInput *in, PlanBuilder *b, Error *err);

/* /etc/hosts, /etc/resolv.conf and /etc/hostname of an app. */
int compile_network_files(AppCompile *c, Error *err);

/* The socket by which an app says that it is ready, at COMPILE_NOTIFY_SOCKET. */
#define COMPILE_NOTIFY_SOCKET "/run/systemd/notify"
void compile_notify_socket(AppCompile *c);

/* The app's volumes. */
int compile_mounts(AppCompile *c, Error *err);

/* Whether what the pod's annotations say of Kubernetes' log mode, if anything, can be had: -EINVAL.
 */
int compile_check_log(const PodManifest *m, Error *err);

/* What the app's stdin, stdout and stderr are. */
int compile_streams(AppCompile *c, Error *err);

/* Operations of the app's process, ending with its exec, and its row in the table of apps. */
int compile_process(AppCompile *c, Error *err);

/* The environment of one of the app's programs, for the operation that executes it; with what tells
 * the app of the sockets that it gets, or without. */
int compile_environment(AppCompile *c, bool sockets, PlanOp *exec, Error *err);

/* uid and gid from what the manifest says: a number, a path in the image whose owner is meant, or a
 * name. */
int compile_identity(AppCompile *c, Error *err);

/* The absolute path of the program that argv0 names in the image. Fresh memory. */
int compile_executable(AppCompile *c, const char *argv0, char **ret, Error *err);
