/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What "rkt list" and "rkt status" tell about a pod, gathered from its directory. A pod may be half
 * prepared, half deleted or damaged: what is missing is missing here too. */

#include "pod/pod.h"

typedef enum AppState {
	APP_UNKNOWN,
	APP_CREATED,
	APP_RUNNING,
	APP_EXITED,
} AppState;

/* "unknown", "created", "running", "exited". */
const char *app_state_name(AppState state);

typedef struct AppMountInfo {
	const char *name; /* of the volume */
	const char *container_path;
	const char *host_path; /* "" for an empty volume */
	bool read_only;
} AppMountInfo;

/* The manifests of images that were read from pods already: many pods have few images. Of an image
 * that is known the manifests that other pods have saved are not looked at, nor missed. Whoever has
 * got something with it keeps it for as long as that. */
typedef struct PodImages {
	struct PodImage *items;
	size_t n;
} PodImages;

#define POD_IMAGES_INIT                                                                            \
	{                                                                                          \
		.items = NULL                                                                      \
	}
void pod_images_done(PodImages *images);
#define _cleanup_pod_images_ _cleanup_(pod_images_done)

typedef struct AppInfo {
	const char *name;
	const char *image_name; /* "name:version"; NULL when the saved image manifest cannot be
				   read, as with image */
	const char *image_id;
	AppState state;
	int64_t created_at, started_at, finished_at; /* ns since the epoch, 0: unknown or not yet */
	bool has_exit_code;
	int exit_code;
	bool oom_killed;  /* the kernel has killed something of it for using up its memory */
	int64_t restarts; /* how often it was started again */
	AppMountInfo *mounts;
	size_t n_mounts;
	NameValues user_annotations, user_labels;
	const ImageManifest *image;
} AppInfo;

typedef struct PodInfo {
	char uuid[UUID_TEXT];
	char *name; /* NULL: none */
	PodState state;
	int64_t created_at, started_at,
		gc_marked_at; /* ns since the epoch, 0: unknown or not yet */
	PodNetwork *networks;
	size_t n_networks;
	AppInfo *apps; /* in the manifest's order */
	size_t n_apps;
	NameValues user_annotations, user_labels;
	char **problems; /* what could not be read and should have been there, one line each */
	size_t n_problems;
	PodManifest *manifest; /* NULL when there is none; owns the strings above */
} PodInfo;

/* How much of it is wanted. Each file that need not be opened counts where there are hundreds of
 * pods. */
typedef enum PodInfoExtent {
	POD_INFO_ROW, /* neither the pod's name nor the courses of its apps, which stay APP_UNKNOWN
		       */
	POD_INFO_WHOLE,
} PodInfoExtent;

/* Gathers it. The pod itself is no longer needed then. Trouble with parts of the pod becomes a
 * problem in the result; fails with -ENOMEM alone. */
int pod_info(const Pod *p, PodInfoExtent extent, PodImages *images, PodInfo **ret, Error *err);

/* The same of a pod that others may carry on with meanwhile: what could not be read because the pod
 * has got into another state is no problem; the pod is opened again, in place of *p. -ENOENT when
 * it is there no more. */
int pod_look(const Pods *pods, Pod **p, PodInfoExtent extent, PodImages *images, PodInfo **ret,
	Error *err);
PodInfo *pod_info_free(PodInfo *info);

DEFINE_CLEANUP(PodInfo *, pod_info_free)
#define _cleanup_pod_info_ _cleanup_(pod_info_freep)
