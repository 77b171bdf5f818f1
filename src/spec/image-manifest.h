/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The appc image manifest (appc 0.8.11, "Image Manifest Schema"): what is in an ACI's file
 * "manifest", and what rkt makes for an OCI image. */

#include "spec/app.h"

#define IMAGE_MANIFEST_MAX (4u << 20) /* bytes of JSON that are accepted */
#define APPC_VERSION       "0.8.11"

typedef struct Dependency {
	const char *image_name;
	const char *image_id; /* NULL when not given */
	NameValues labels;
	uint64_t size; /* 0 when not given */
} Dependency;

typedef struct ImageManifest {
	Arena arena;
	const char *ac_version;
	const char *name;
	NameValues labels;
	bool has_app;
	App app;
	Dependency *dependencies;
	size_t n_dependencies;
	StrList path_whitelist;
	NameValues annotations;
} ImageManifest;

/* Parses and validates. text need not be NUL-terminated. 0, -EINVAL, -ENOMEM. Free with
 * image_manifest_free(). */
int image_manifest_parse(const char *text, size_t len, ImageManifest **ret, Error *err);
ImageManifest *image_manifest_free(ImageManifest *m);

/* As JSON in the schema's member order, made in arena. NULL when memory is out. */
Json *image_manifest_to_json(Arena *arena, const ImageManifest *m);

/* The value of a label or annotation, NULL when there is none. */
const char *image_manifest_label(const ImageManifest *m, const char *name);
const char *image_manifest_annotation(const ImageManifest *m, const char *name);

/* "name:version", or "name" without a version label. Fresh memory. 0 or -ENOMEM. */
int image_manifest_display_name(const ImageManifest *m, char **ret);

/* Whether the manifest says that the image is for Linux, on an architecture that the engine knows:
 * not only the machine's own, for the kernel may have an emulator for others. -EINVAL otherwise:
 * "missing os label in the image manifest", "missing arch label ...", "bad os ...", "bad arch ...".
 */
int image_manifest_check_platform(const ImageManifest *m, Error *err);

/* The appc name of the machine's architecture ("amd64", "aarch64", ...). */
const char *image_manifest_host_arch(void);

DEFINE_CLEANUP(ImageManifest *, image_manifest_free)
#define _cleanup_image_manifest_ _cleanup_(image_manifest_freep)
