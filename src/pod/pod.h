/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A pod on disk: one directory named by its UUID, below DATA/pods/<state>/. State is the parent
 * directory together with whether somebody holds an exclusive flock on the pod's directory; the
 * lock lives as long as the pod runs. What is in the directory is written down in
 * docs/formats/pod.md. */

#include <stdint.h>
#include "base/cleanup.h"
#include "base/error.h"
#include "base/uuid.h"
#include "spec/pod-manifest.h"
#include "store/store.h"

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

/* Where remarks for the user go, one line each without a newline: nothing below src/cli prints. The
 * text is only valid during the call. line may be NULL. */
typedef enum PodStream {
	POD_STDOUT,
	POD_STDERR,
} PodStream;

typedef struct PodListener {
	void (*line)(void *userdata, PodStream stream, const char *text);
	void *userdata;
} PodListener;

/* The directory of all pods. */
typedef struct Pods {
	char *data_dir;       /* absolute */
	int fd;               /* DATA/pods, -1 while it does not exist */
	PodListener listener; /* set by the caller after pods_open() */
} Pods;

#define PODS_INIT                                                                                  \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* What apps see in /etc, relative to the pod's directory: where only root comes, since they can
 * make programs of these files that set their user. */
#define POD_HOSTS_FILE       "overlay/hosts"
#define POD_RESOLV_CONF_FILE "overlay/resolv.conf"

/* Opens DATA/pods. With create it is made when missing; without, its absence means that there are
 * no pods. */
int pods_open(Pods *ret, const char *data_dir, bool create, Error *err);
void pods_done(Pods *p);

typedef struct Pod {
	char uuid[UUID_TEXT];
	PodState state;  /* as found when it was opened */
	int fd;          /* the pod's directory; valid across renames */
	int lock_fd;     /* holds the exclusive lock and is inherited by who runs the pod, or -1 */
	char *path;      /* absolute path at the time of opening or of the last move */
	int64_t created; /* ns since the epoch, 0 when that was not looked for; pod_created_at() */
} Pod;

Pod *pod_free(Pod *p);

/* Makes DATA/pods/embryo/UUID, locks it and moves it to prepare: the pod is POD_PREPARING and
 * belongs to the caller. No fsync: nothing refers to it yet. */
int pod_create(Pods *pods, Pod **ret, Error *err);

/* Opens the pod with exactly this UUID and classifies it: directory and lock are seen at one
 * moment. -EINVAL when uuid is none, -ENOENT 'pod "U" was not present'. */
int pod_open(const Pods *pods, const char *uuid, Pod **ret, Error *err);

/* Resolves what was typed among prepare, prepared, run and exited-garbage: the name of a pod, else
 * a UUID or a unique prefix of one (lower-cased): -ENOENT 'no matches found for "x"', -ENOTUNIQ
 * "ambiguous uuid, N matches", -EINVAL "UUID cannot be empty". */
int pod_resolve(const Pods *pods, const char *typed, char ret[static UUID_TEXT], Error *err);

/* UUIDs of all pods in those four directories, sorted, each once. No lock is taken, pods may come
 * and go meanwhile. The listener hears of what does not belong there: 'unrecognized entry: "x",
 * ignoring' (no directory) and 'skipping "x": ...' (no UUID). Free with pod_uuids_free(). */
int pod_uuids(const Pods *pods, char ***ret, size_t *ret_n, Error *err);
void pod_uuids_free(char **uuids, size_t n);

/* A user's name for a pod, to be used instead of the UUID: an AC name that is never the beginning
 * of a UUID. Of the pods that pod_uuids() lists no two have the same. */
#define POD_NAME_MAX 63

/* Whether name may be one. 0 or -EINVAL. */
int pod_name_check(const char *name, Error *err);

/* Names a pod of the caller's, in place of the name that it may have had. -EEXIST 'pod "U" is
 * called "x" already' for another's name, -EINVAL. Any number of callers may do so at once. */
int pod_set_name(const Pods *pods, const Pod *p, const char *name, Error *err);

/* Its name in fresh memory, NULL when it has none. 0 or a negative errno. */
int pod_read_name(const Pod *p, char **ret);

/* Moves. Each renames the directory and updates p->state and p->path. A pod that is no longer where
 * it was when it was opened, because somebody else moved or removed it, gives -ENOENT. */

/* Syncs what was written, then the move, and unlocks. */
int pod_move_to_prepared(const Pods *pods, Pod *p, Error *err);

/* The lock must be held and stays. Nothing is synced. */
int pod_move_to_run(const Pods *pods, Pod *p, Error *err);

/* exited -> exited-garbage, aborted prepare and prepared -> garbage; syncs the move when sync is
 * set. -EWOULDBLOCK, without error text, for an exited pod that was started again. */
int pod_move_to_garbage(const Pods *pods, Pod *p, bool sync, Error *err);

/* Takes the exclusive lock. Waits for those who only look at the pod's state, but neither for those
 * who copy from it (-EBUSY), nor for an exclusive holder: -EWOULDBLOCK (no error text). -ENOENT
 * when the pod has been moved or removed since it was opened: with the lock held, p->path is where
 * the pod is. */
int pod_lock(const Pods *pods, Pod *p, Error *err);

/* The same, but waits for whoever has the lock now: the end of a pod that runs. */
int pod_lock_ended(const Pods *pods, Pod *p, Error *err);
void pod_unlock(Pod *p);

/* Keeps a pod that has ended from being started again, or deleted, for as long as the descriptor
 * that is returned is open; others still see that it has ended. -EWOULDBLOCK when somebody has its
 * lock, or another negative errno. */
int pod_hold_ended(const Pod *p);

/* Deletes a pod in garbage or exited-garbage. The exclusive lock must be held and stage1's gc
 * entrypoint have run (see gc.h). What can fail goes first: a pod that could not be removed whole
 * can be listed, and deleted again. */
int pod_delete(const Pods *pods, Pod *p, Error *err);

/* The manifest ("pod"). -ENOENT when there is none yet. */
int pod_read_manifest(const Pod *p, PodManifest **ret, Error *err);
int pod_read_manifest_text(const Pod *p, char **ret, size_t *ret_len, Error *err);

/* The file with the layers of a pod's stage1, where that is an image. */
#define POD_STAGE1_TREES_FILE "stage1TreeStoreID"

/* What becomes of a pod in preparation (docs/formats/pod.md). */
typedef struct PodPreparation {
	const PodManifest *manifest;
	const char *manifest_text;  /* the manifest as it is to be stored; NULL: printed anew */
	const Image *const *images; /* one for each app, in the manifest's order */
	bool overlay;               /* root filesystems will be overlays, not copies */
} PodPreparation;

/* Writes the files of a prepared pod: pod, pod.lck, pod-created, overlay-prepared and appsinfo/.
 * Nothing is synced. 0 or a negative errno; what was written so far stays for gc. */
int pod_write_prepared(
	const Pod *p, const Store *store, const PodPreparation *preparation, Error *err);

/* The image that an app was prepared from, as it was then, whether or not the store still has it:
 * its manifest, its layers and what kind it is are the pod's own. Free with image_free(). */
int pod_read_image(const Pod *p, const RuntimeApp *app, Image **ret, Error *err);

/* Mutable pods: apps are added to and taken from a manifest that is read and written with the lock
 * held that pod_lock_manifest() returns a descriptor of. */
int pod_lock_manifest(const Pod *p, Error *err);

/* Writes what preparation writes for each app (appsinfo/APP), as long as the manifest does not name
 * it yet; and removes that again, when it does not any more. */
int pod_write_app(
	const Pod *p, const Store *store, const RuntimeApp *app, const Image *image, Error *err);
int pod_forget_app(const Pod *p, const char *app, Error *err);

/* Replaces the manifest, at once, by m with one app more; or with one less, which is forgotten. */
int pod_append_app(const Pod *p, const PodManifest *m, const RuntimeApp *app, Error *err);
int pod_drop_app(const Pod *p, const PodManifest *m, const char *app, Error *err);

/* Deletes all files of an app, its volumes and logs among them, but what it can be told of by until
 * it is forgotten. 0 or the negative errno of the first that cannot be removed. */
int pod_delete_app(const Pod *p, const RuntimeApp *app, Error *err);

/* What an app of such a pod did last, in ns since the epoch, 0: not yet. */
typedef struct PodAppTimes {
	int64_t created_at, started_at, finished_at;
} PodAppTimes;
void pod_app_times(const Pod *p, const char *app, PodAppTimes *ret);

/* Whether the pod was prepared with overlays. */
bool pod_has_overlay(const Pod *p);

/* ns since the epoch, 0 when unknown: creation (mtime of pod-created, from "prepared" on), start
 * (mtime of ppid or pid), gc mark (ctime of the directory in a garbage state). */
int64_t pod_created_at(const Pod *p);
int64_t pod_started_at(const Pod *p);
int64_t pod_gc_marked_at(const Pod *p);

/* Whether the pod has run: running, or anything that comes behind it. */
bool pod_has_run(const Pod *p);

/* The number in the file ppid or pid; -ENOENT while there is neither, -EINVAL when it is no process
 * id. */
int pod_read_pid(const Pod *p, pid_t *ret);

/* The exit code in stage1/rootfs/rkt/status/APP; -ENOENT while there is none, -EINVAL when it holds
 * no number. */
int pod_read_app_status(const Pod *p, const char *app, int *ret);

/* Whether the kernel has killed something of the app because its memory limit was reached
 * (stage1/rootfs/rkt/memory-killed/APP). */
bool pod_app_memory_killed(const Pod *p, const char *app);

/* How often the app was started again (stage1/rootfs/rkt/restarts/APP). */
int64_t pod_app_restarts(const Pod *p, const char *app);

/* Whether the pod's supervisor has said that the pod is ready (the link rkt/supervisor-status in
 * stage1's root). */
bool pod_is_ready(const Pod *p);

/* One entry of net-info.json: ip and mask are of IPv4. Absent members are "". */
typedef struct PodNetwork {
	char *net_name, *net_conf, *plugin_path, *if_name, *ip, *args, *mask, *ip6;
} PodNetwork;

/* The networks that a pod is connected to, and those that it may be, as nobody knows how far its
 * start got: files of the same form. */
#define POD_NETWORKS_FILE    "net-info.json"
#define POD_ATTACHMENTS_FILE "net/attachments.json"

/* Reads such a file; none of them when it is not there. -EINVAL when it is broken. */
int pod_read_networks(const Pod *p, const char *file, PodNetwork **ret, size_t *ret_n, Error *err);

/* Writes such a file, whole or not at all. NULL texts are written as "", but ip6: without one there
 * is no such member, as other programs know the file. */
int pod_write_networks(
	const Pod *p, const char *file, const PodNetwork *list, size_t n, Error *err);
void pod_networks_free(PodNetwork *list, size_t n);

DEFINE_CLEANUP(Pod *, pod_free)
#define _cleanup_pod_  _cleanup_(pod_freep)
#define _cleanup_pods_ _cleanup_(pods_done)
