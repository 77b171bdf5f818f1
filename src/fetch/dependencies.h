/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The images that an ACI depends on. */

#include "fetch/fetch.h"
#include "spec/image-manifest.h"

/* An image whose dependencies are being brought: what a fetch is done for. */
typedef struct Dependent {
	const struct Dependent *above; /* the image that this one is brought for, NULL at the top */
	const ImageManifest *manifest;
	size_t *count; /* of all dependencies that were brought for the one at the top */
} Dependent;

typedef struct Dependencies {
	Image **images; /* in the manifest's order */
	size_t n;
} Dependencies;

/* Brings the dependencies of the image with this manifest, those that they depend on first: by ID
 * from the store where the manifest has one, else by name and labels, as the pull policy says. what
 * names the image in messages. -ELOOP for images that depend on themselves, -E2BIG for too many,
 * -EINVAL when what comes has not the ID that is asked for, or the error of the one that cannot be
 * had. */
int dependencies_fetch(const FetchContext *context, const char *what, const ImageManifest *m,
	Dependencies *ret, Error *err);
void dependencies_done(Dependencies *d);

#define _cleanup_dependencies_ _cleanup_(dependencies_done)
