/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The appc pod manifest (appc 0.8.11, "Pod Manifest Schema"): the file "pod" of a pod directory. */

#include "spec/app.h"

#define POD_MANIFEST_MAX (16u << 20)

typedef enum VolumeKind {
	VOLUME_HOST,
	VOLUME_EMPTY,
} VolumeKind;

typedef struct Volume {
	const char *name;
	VolumeKind kind;
	const char *source; /* host: absolute path */
	int read_only;      /* -1 not given, else 0 or 1 */
	int recursive;      /* -1 not given, else 0 or 1 */
	const char *mode;   /* empty: octal text, "0755" unless given */
	int64_t uid, gid;   /* empty: 0 unless given */
} Volume;

typedef struct Mount {
	const char *volume;
	const char *path;
	const Volume *app_volume; /* NULL: the pod's volume of that name */
} Mount;

typedef struct RuntimeApp {
	const char *name;
	const char *image_id;
	const char *image_name; /* NULL when not given */
	NameValues image_labels;
	bool has_app;
	App app;
	bool read_only_rootfs;
	Mount *mounts;
	size_t n_mounts;
	NameValues annotations;
} RuntimeApp;

typedef struct ExposedPort {
	const char *name;
	unsigned host_port;
	const char *host_ip; /* NULL: any */
	bool has_pod_port;
	Port pod_port;
} ExposedPort;

typedef struct PodManifest {
	Arena arena;
	const char *ac_version;
	RuntimeApp *apps;
	size_t n_apps;
	Volume *volumes;
	size_t n_volumes;
	Isolator *isolators;
	size_t n_isolators;
	NameValues annotations;
	ExposedPort *ports;
	size_t n_ports;
	NameValues user_annotations;
	NameValues user_labels;
} PodManifest;

/* The pod's annotation that is "true" when apps may be added and removed while it runs. */
#define POD_MUTABLE_ANNOTATION "coreos.com/rkt/stage1/mutable"
bool pod_manifest_is_mutable(const PodManifest *m);

/* Parses and validates. text need not be NUL-terminated. 0, -EINVAL, -ENOMEM. Free with
 * pod_manifest_free(). */
int pod_manifest_parse(const char *text, size_t len, PodManifest **ret, Error *err);
PodManifest *pod_manifest_free(PodManifest *m);

/* Member order and null for empty lists as rkt writes them: acVersion, acKind, apps, volumes,
 * isolators, annotations, ports always present ("ports" is [] in a generated manifest, the others
 * null when empty). Made in arena, NULL when memory is out. */
Json *pod_manifest_to_json(Arena *arena, const PodManifest *m);

/* The volume of this name, NULL when there is none. */
const Volume *pod_manifest_volume(const PodManifest *m, const char *name);

/* The volume that a mount means: the app's own, or the pod's of that name. NULL when there is none.
 */
const Volume *pod_manifest_mounted(const PodManifest *m, const Mount *mount);

/* Whether nothing is said about a mount point of an app: it gets an empty volume of its own then.
 */
bool pod_manifest_is_implicit(const PodManifest *m, const RuntimeApp *app, const MountPoint *point);

DEFINE_CLEANUP(PodManifest *, pod_manifest_free)
#define _cleanup_pod_manifest_ _cleanup_(pod_manifest_freep)
