/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A pod on disk: one directory named by its UUID, below DATA/pods/<state>/. State is the parent directory together with
 * whether somebody holds an exclusive flock on the pod's directory; the lock lives as long as the pod runs. What is in
 * the directory is written down in docs/formats/pod.md. */

#include <stdint.h>
#include "base/cleanup.h"
#include "base/error.h"
#include "base/uuid.h"
#include "spec/pod-manifest.h"

typedef enum PodState {
	POD_EMBRYO,
	POD_PREPARING,
	POD_ABORTED_PREPARE,
	POD_PREPARED,
	POD_RUNNING,
	POD_DELETING,
	POD_EXITED_DELETING,
	POD_EXITED,
	POD_EXITED_GARBAGE,
	POD_GARBAGE,
} PodState;

/* "embryo", "preparing", "aborted prepare", ... */
const char *pod_state_name(PodState state);

typedef struct Pods {
	char *data_dir; /* absolute */
	int fd;         /* DATA/pods, -1 while it does not exist */
} Pods;
#define PODS_INIT {.fd = -1}

int pods_open(Pods *ret, const char *data_dir, bool create, Error *err);
void pods_done(Pods *p);

typedef struct Pod {
	char uuid[UUID_TEXT];
	PodState state;  /* as found when it was opened */
	int fd;          /* the pod's directory; valid across renames */
	int lock_fd;     /* holds the exclusive lock, or -1. Separate from fd: inherited by whoever runs the pod */
	char *path;      /* absolute path at the time of opening or of the last move */
} Pod;

Pod *pod_free(Pod *p);

/* Makes DATA/pods/embryo/UUID, locks it and moves it to prepare: the pod is POD_PREPARING and belongs to the caller. No
 * fsync: nothing refers to it yet. */
int pod_create(Pods *pods, Pod **ret, Error *err);

/* Opens the pod with exactly this UUID and classifies it. -ENOENT 'pod "U" was not present'. */
int pod_open(const Pods *pods, const char *uuid, Pod **ret, Error *err);

/* Resolves a typed UUID or unique prefix (lower-cased) among prepare, prepared, run and exited-garbage: -ENOENT 'no
 * matches found for "x"', -ENOTUNIQ "ambiguous uuid, N matches", -EINVAL "UUID cannot be empty". */
int pod_resolve(const Pods *pods, const char *typed, char ret[static UUID_TEXT], Error *err);

/* UUIDs of all pods in those four directories, sorted. Free with pod_uuids_free(). */
int pod_uuids(const Pods *pods, char ***ret, size_t *ret_n, Error *err);
void pod_uuids_free(char **uuids, size_t n);

/* Moves. Each renames the directory (and syncs the new parent when sync is set) and updates p->state and p->path. */
int pod_move_to_prepared(const Pods *pods, Pod *p, Error *err);        /* syncs, unlocks */
int pod_move_to_run(const Pods *pods, Pod *p, Error *err);             /* keeps the lock, no sync */
int pod_move_to_garbage(const Pods *pods, Pod *p, bool sync, Error *err); /* exited -> exited-garbage, else garbage */

/* Takes the exclusive lock without waiting. -EWOULDBLOCK when somebody holds it. */
int pod_lock(Pod *p, Error *err);

/* Takes the exclusive lock and deletes a pod in garbage or exited-garbage: the stage1 gc entrypoint (see gc.h) has run before. */
int pod_delete(const Pods *pods, Pod *p, Error *err);

/* The manifest ("pod"). -ENOENT when there is none yet. */
int pod_read_manifest(const Pod *p, PodManifest **ret, Error *err);
int pod_read_manifest_text(const Pod *p, char **ret, size_t *ret_len, Error *err);

/* ns since the epoch, 0 when unknown: creation (mtime of pod-created), start (mtime of ppid or pid), gc mark (ctime of the directory in a garbage state). */
int64_t pod_created_at(const Pod *p);
int64_t pod_started_at(const Pod *p);
int64_t pod_gc_marked_at(const Pod *p);

/* The number in the file ppid or pid; -ENOENT while there is neither. */
int pod_read_pid(const Pod *p, pid_t *ret);

/* The exit code in stage1/rootfs/rkt/status/APP; -ENOENT while there is none. */
int pod_read_app_status(const Pod *p, const char *app, int *ret);

/* One entry of net-info.json. */
typedef struct PodNetwork {
	char *net_name, *net_conf, *plugin_path, *if_name, *ip, *args, *mask;
} PodNetwork;
int pod_read_networks(const Pod *p, PodNetwork **ret, size_t *ret_n, Error *err);
void pod_networks_free(PodNetwork *list, size_t n);

DEFINE_CLEANUP(Pod *, pod_free)
#define _cleanup_pod_ _cleanup_(pod_freep)
#define _cleanup_pods_ _cleanup_(pods_done)
