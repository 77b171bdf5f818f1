/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The launch plan: everything that starting a pod takes, decided beforehand and written down as
 * flat data. The compiler (plan/compile.h) makes it, the printer shows it, rkt-init executes it. It
 * is read and checked without allocating, and this file and plan.c need nothing but a C compiler,
 * since rkt-init has nothing else.
 *
 * Layout: PlanHeader, then PlanOp[n_ops], then PlanApp[n_apps], then a pool of bytes. Strings and
 * blobs are offsets into the pool; every string there is NUL-terminated; offset 0 is the empty
 * string. A list of strings is a blob of NUL-terminated strings. Host byte order: a plan never
 * leaves its machine. docs/formats/plan.md tells the rest. */

#include <stddef.h>
#include <stdint.h>
#include "base/macro.h"

#define PLAN_MAGIC    "rktplan"
#define PLAN_VERSION  11
#define PLAN_SIZE_MAX (16u << 20)
#define PLAN_APPS_MAX 128
#define PLAN_NAME_MAX 128 /* bytes of an app's name, with its terminator */

/* Sockets that a service manager passes to rkt are its descriptors from this one on, and so are an
 * app's (sd_listen_fds(3)). */
#define PLAN_SOCKETS_FIRST 3
#define PLAN_SOCKETS_MAX   256

/* The directory of a pod's with the sockets of apps that say when they are ready (sd_notify(3)),
 * each called as its app's number. */
#define PLAN_NOTIFY_DIR "notify"

/* In front of an app's name in the name of its cgroup, which must be none of the kernel's files. */
#define PLAN_APP_CGROUP "app-"

/* The file of the store that pins the mount namespace with the views of layers, if there is one
 * (isolate/view-namespace.h). */
#define PLAN_VIEWS_FILE "../../../cas/views"

/* Each row: the operation, its name in print. What the fields mean is told at each row; paths are
 * resolved beneath the current base (the root of the pod or of one app), so that nothing an image
 * holds can lead out of it, unless said to be on the host, which is relative to the pod's
 * directory. */
#define PLAN_OPS(X)                                                                                \
	/* Before the pod exists, by the monitor, on the host: */                                  \
	X(CGROUP, "cgroup") /* path: directory to create, source: below its hierarchy; flags: */   \
	/* entry; num[0], with room: the controllers (CGROUP_*) that limits there can have */      \
	X(WRITE, "write") /* path: file on the host; data: what to write there; num: owner, 0      \
			     and 0: as it is */                                                    \
	X(CONTROLLERS, "controllers") /* path: v2 cgroup; data: "+memory +cpu", written to its */  \
	/* cgroup.subtree_control unless they are there already */                                 \
	X(DEVICE_FILTER, "device-filter") /* path: v2 cgroup; data: eBPF, loaded if it has none */ \
	/* In the pod's namespaces, by its first process: */                                       \
	X(OWNER, "owner") /* num: uid and gid on the host that own what is made from here on */    \
	X(VIEWS, "views") /* data: directories of layers on the host; their views are mounted */   \
	/* there */                                                                                \
	X(IDMAP, "idmap") /* path: directory on the host that is seen from here on with the */     \
	/* numbers of the pod's user namespace for those that are on disk */                       \
	X(HOSTNAME, "hostname") /* path: the name */                                               \
	X(NETWORK, "network") /* enters the network namespace that the monitor makes meanwhile */  \
	X(OVERLAY, "overlay") /* path: target; data: lower directories on the host, */             \
	/* uppermost first; source, aux: upper and work on the host */                             \
	X(MOUNT, "mount") /* path: target; source: filesystem; data: "key=value" list; */          \
	/* num[0]: MOUNT_ATTR_* */                                                                 \
	X(BIND, "bind")         /* path: target; source: on the host, or in the pod by flag */     \
	X(NODE, "node")         /* path; num[0]: type and mode, num[1]: device number */           \
	X(SYMLINK, "symlink")   /* path; source: what it points to */                              \
	X(MASK, "mask")         /* path: hidden if it exists */                                    \
	X(READONLY, "readonly") /* path: made read-only, with what is mounted below */             \
	X(READONLY_ROOT, "readonly-root") /* the base itself, without what is mounted in it */     \
	X(BASE, "base")                   /* the pod's root becomes the base again */              \
	X(PIVOT, "pivot") /* path: becomes "/", "" is the base; the old root is dropped */         \
	X(USER, "user")   /* becomes root of the pod's user namespace; num[0]: CLONE_NEW* flags */ \
	/* of namespaces that are copied, so that they belong to it */                             \
	/* In the app's own process, up to its first instruction: */                               \
	X(UNSHARE, "unshare")     /* num[0]: CLONE_NEW* flags */                                   \
	X(WORKDIR, "workdir")     /* path */                                                       \
	X(OOM_SCORE, "oom-score") /* num[0]: adjustment, as int64_t */                             \
	X(BOUNDING, "bounding")   /* num[0]: bit mask of the capabilities to keep */               \
	X(GROUPS, "groups")       /* data: uint32_t[], supplementary groups */                     \
	X(IDENTITY, "identity")   /* num[0]: uid, num[1]: gid */                                   \
	X(NO_NEW_PRIVS, "no-new-privs")                                                            \
	X(SECCOMP, "seccomp") /* data: classic BPF instructions */                                 \
	X(EXEC, "exec")       /* path: program; data: argument list; aux: environment list; */     \
	/* source: one more variable, with PLAN_HOST_PLACE for the host's address, or "" */        \
	X(CONNECT, "connect") /* num[0]: TCP port of the pod's loopback; path: what is asked */    \
			      /* for there by HTTP, "": nothing */

/* Stands for the IPv4 address by which the pod's networks lead to the host. */
#define PLAN_HOST_PLACE "@"

typedef enum PlanCode {
#define X(code, name) PLAN_##code,
	PLAN_OPS(X)
#undef X
		PLAN_CODES,
} PlanCode;

enum {
	/* any operation */
	PLAN_OPTIONAL = 1 << 0, /* failing is no reason to stop: rkt-init says so and goes on */
	/* CGROUP: the pod's first process enters by clone3() (v2) or by cgroup.procs (v1); in an
	 * app's own range, the app's process does */
	PLAN_CGROUP_INTO = 1 << 1,
	PLAN_CGROUP_PROCS = 1 << 2,
	PLAN_CGROUP_SHARED = 1 << 11, /* other pods are in it too: it stays */
	PLAN_CGROUP_PARENT = 1 << 12, /* holds the apps' ones: it goes with the last of them */
	PLAN_CGROUP_MEMORY = 1 << 13, /* its memory is limited, or that of apps below it can be */
	PLAN_CGROUP_ROOM = 1 << 14,   /* those of apps that are added to the pod are below it */
	/* OVERLAY, MOUNT, BIND: the mount becomes the pod's root, or an app's, and so the base */
	PLAN_ROOT_POD = 1 << 3,
	PLAN_ROOT_APP = 1 << 4,
	/* OVERLAY: nothing is synced at unmount */
	PLAN_VOLATILE = 1 << 5,
	/* BIND */
	PLAN_BIND_RECURSIVE = 1 << 6,
	PLAN_BIND_READONLY = 1 << 7,
	PLAN_BIND_FROM_POD = 1 << 8, /* source is below the pod's root */
	PLAN_BIND_IF_DNS = 1 << 9,   /* only when the pod's networks have named DNS servers */
	/* WRITE, WORKDIR: made when it is missing */
	PLAN_CREATE = 1 << 10,
	/* PIVOT: path is a mount that its user namespace may not move, and so is copied */
	PLAN_PIVOT_COPY = 1 << 12,
};

typedef struct PlanOp {
	uint16_t code;
	uint16_t unused;
	uint32_t flags;
	uint32_t path, source, aux; /* strings; aux of EXEC is a list of aux_len bytes */
	uint32_t aux_len;
	uint32_t data, data_len;
	uint64_t num[2];
} PlanOp;

typedef enum PlanStream {
	PLAN_STREAM_NULL,
	PLAN_STREAM_LOG,     /* line by line to the monitor's console, with a prefix */
	PLAN_STREAM_INHERIT, /* the descriptor that rkt itself was given */
	PLAN_STREAM_TTY,     /* a terminal of the pod, relayed to rkt's own */
	PLAN_STREAM_PIPE,    /* bytes, for those who attach to the app */
	PLAN_STREAM_PTY,     /* a terminal of the app's own, for those who attach to it */
	PLAN_STREAMS,
} PlanStream;

typedef struct PlanRange {
	uint32_t first, n; /* operations */
} PlanRange;

typedef enum PlanRestart {
	PLAN_RESTART_NO,
	PLAN_RESTART_ON_FAILURE,
	PLAN_RESTART_ALWAYS,
	PLAN_RESTARTS,
} PlanRestart;

/* How it is found out that an app has got stuck. */
typedef struct PlanProbe {
	PlanRange ops; /* executed instead of all but the first n_shared ones of the app, while it
			  runs; fails as its program or connection does. Empty: there is none */
	uint32_t interval, timeout, delay; /* milliseconds: between probes, for each of them, and
					      before the first */
	uint32_t failures; /* that many, one after the other, and the app is stuck */
} PlanProbe;

typedef struct PlanApp {
	uint32_t name;
	PlanRange host; /* executed by the monitor before the app starts: the app's cgroups */
	PlanRange ops;  /* executed by the app's process */
	PlanRange pre_start, post_stop; /* executed instead of all but the first n_shared of ops, by
					   a process that runs to its end before the app, or after
					   it; empty: there is none */
	PlanProbe liveness;
	uint32_t n_shared; /* how many operations at the front of ops hold for these, too */
	uint32_t sockets;  /* uint32_t[]: the sockets that the app gets, by their places among those
			      that rkt was passed, counted from 0 */
	uint16_t n_sockets;
	uint16_t stop_signal;
	uint8_t stream[3]; /* PlanStream of descriptors 0, 1, 2 */
	uint8_t notifies;  /* 1: the app says itself when it is ready, to its socket in
			      PLAN_NOTIFY_DIR */
	uint8_t restart;   /* PlanRestart: whether it is started again when it has ended */
	uint8_t unused;
	uint16_t restarts_max; /* how often; 0: as often as it takes */
	uint32_t log; /* a file of the host that what it prints to PLAN_STREAM_PIPE goes to, too, or
			 "" */
	uint32_t padding;
} PlanApp;

/* Whether a process looks after the app's main one (init/keeper.h); of most apps nobody does. */
static inline bool plan_app_is_kept(const PlanApp *app)
{
	return app->pre_start.n > 0 || app->post_stop.n > 0 || app->liveness.ops.n > 0 ||
	       app->restart != PLAN_RESTART_NO;
}

typedef struct PlanHeader {
	char magic[8];
	uint32_t version;
	uint32_t size;         /* of the whole plan in bytes */
	uint64_t checksum;     /* plan_checksum() over everything behind this field */
	char uuid[40];         /* of the pod; text, NUL-terminated */
	uint64_t namespaces;   /* CLONE_NEW* flags of the pod; it is born in all but those of the
				  network and the users */
	uint32_t stop_timeout; /* seconds between the stop signal and SIGKILL */
	uint32_t n_ops, n_apps;
	uint32_t pool_size;
	uint32_t mutable; /* 1: apps come and go; the pod ends when it is told to */
	uint32_t unused;
	uint32_t words, words_len; /* a list: what the pod was told when it was run, for whoever
				      starts it again; rkt-init does not look at it */
	PlanRange host;            /* executed by the monitor */
	PlanRange pod;             /* executed by the pod's first process */
	uint32_t first_id, n_ids;  /* users and groups 0 … n_ids-1 of the pod's user namespace are
				      first_id … on the host; n_ids is 0 without one */
} PlanHeader;

/* A plan in memory, with its parts found. Points into the caller's buffer. */
typedef struct Plan {
	const PlanHeader *header;
	const PlanOp *ops;
	const PlanApp *apps;
	const char *pool;
} Plan;

uint64_t plan_checksum(const void *data, size_t len);

/* Checks everything that execution relies on (magic, version, sizes, checksum, every offset, string
 * and list) and fills *ret. data must be aligned to 8 bytes. 0, or -EBADMSG for anything that is
 * not a whole, sound plan. */
int plan_load(Plan *ret, const void *data, size_t size);

static inline const char *plan_string(const Plan *p, uint32_t offset)
{
	return p->pool + offset;
}

/* The n_sockets places of the app's sockets. */
static inline const uint32_t *plan_app_sockets(const Plan *p, const PlanApp *app)
{
	return (const uint32_t *)(const void *)(p->pool + app->sockets);
}

/* The strings of a list, one after the other: start with NULL, ends with NULL. */
const char *plan_list_next(const char *list, uint32_t len, const char *previous);

const char *plan_code_name(unsigned code);
