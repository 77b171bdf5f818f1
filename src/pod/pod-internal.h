/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The state directories below DATA/pods, in the order that pods travel through them. A pod only
 * ever moves forward in this order, so one look at each directory in turn finds a pod wherever it
 * goes meanwhile. */

#include "pod/pod.h"

/* Below appsinfo/APP, the layers of the app's image: where its root filesystem is an overlay of
 * them, and where it is a copy of what they show. */
#define POD_MOUNTED_LAYERS "treeStoreID"
#define POD_COPIED_LAYERS  "layers"
#define POD_LAYERS_MAX     (STORE_LAYERS_MAX * 160) /* bytes of such a file */

#define POD_DIR_MODE      0750
#define POD_MANIFEST_MODE 0640

typedef enum PodDir {
	POD_DIR_EMBRYO,
	POD_DIR_PREPARE,
	POD_DIR_PREPARED,
	POD_DIR_RUN,
	POD_DIR_EXITED_GARBAGE,
	POD_DIR_GARBAGE,
	POD_DIRS,
} PodDir;

typedef struct PodDirInfo {
	const char *name;
	PodState unlocked, locked; /* the same when the lock says nothing there */
} PodDirInfo;

extern const PodDirInfo pod_dirs[POD_DIRS];

/* The directory that pods of a state are in. */
PodDir pod_dir_of(PodState state);

/* The time of this file of a pod is when it was made. */
#define POD_CREATED_FILE "pod-created"

/* Room for "exited-garbage/UUID". */
#define POD_NAME_SIZE (16 + UUID_TEXT)

/* "run/UUID", relative to DATA/pods. */
void pod_name(PodDir dir, const char *uuid, char ret[static POD_NAME_SIZE]);

/* The UUIDs in one state directory, in no order, added to the list at *uuids. A missing directory
 * is empty. */
int pod_dir_scan(const Pods *pods, PodDir dir, char ***uuids, size_t *n, Error *err);

/* Opens the pod if it is in dir now: 0, or -ENOENT without error text. */
int pod_open_in(const Pods *pods, PodDir dir, const char *uuid, Pod **ret, Error *err);

/* Makes names in a state directory survive a crash of the host. A missing directory is fine. */
int pod_dir_sync(const Pods *pods, PodDir dir, Error *err);

/* The UUID of the pod with exactly this name: 0, or -ENOENT without error text. */
int pod_find_name(const Pods *pods, const char *name, char ret[static UUID_TEXT], Error *err);

/* Tells the listener. */
void pods_say(const Pods *pods, PodStream stream, const char *fmt, ...) _printf_(3, 4);

/* The manifest as it is stored: JSON on one line. */
int pod_manifest_print(const PodManifest *m, char **ret, Error *err);
