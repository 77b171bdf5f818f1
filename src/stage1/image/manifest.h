/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The manifest of a stage1 image, in a pod's directory: which entry points there are, and what they
 * understand. Internal to the flavor. */

#include "pod/pod.h"
#include "spec/image-manifest.h"

#define STAGE1_MANIFEST "stage1/manifest"

int stage1_manifest_read(const Pod *pod, ImageManifest **ret, Error *err);

/* The path of an entry point in the image's root, by the name that flavors know it by. -EOPNOTSUPP
 * 'rkt stop not implemented for pod's stage1: entrypoint "..." not found'. */
int stage1_manifest_entry_point(
	const ImageManifest *m, const char *name, const char **ret, Error *err);

/* The version of the interface, 1 where the manifest says nothing. 0, or -EINVAL for what is no
 * number. */
int stage1_manifest_version(const ImageManifest *m, unsigned *ret, Error *err);

/* Whether apps can be added to its pods, and removed. */
bool stage1_manifest_can_change(const ImageManifest *m);
