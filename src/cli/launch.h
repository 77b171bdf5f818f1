/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What run and prepare do before there is a pod: from the command line to stored images and a pod
 * manifest. */

#include "cli/find-image.h"
#include "cli/passed-sockets.h"
#include "cli/run-options.h"
#include "pod/pod.h"
#include "spec/metadata-service.h"

typedef struct Launch {
	char *data_dir; /* absolute */
	Store store;
	Image **images; /* one for each app, in the manifest's order */
	size_t n_images;
	PodManifest *manifest;
	Image *stage1;       /* NULL: the built-in one */
	char *manifest_text; /* what --pod-manifest held, to be stored as it is; NULL: the manifest
				was generated */

	PassedSockets sockets;

	/* What the pod's apps ask the metadata service by; "" when it is not registered there. */
	char metadata_token[METADATA_TOKEN_SIZE];
} Launch;

#define LAUNCH_INIT                                                                                \
	{                                                                                          \
		.store = STORE_INIT                                                                \
	}

void launch_done(Launch *l);
#define _cleanup_launch_ _cleanup_(launch_done)

/* Opens the store and finds the stage1, fetching it when it has to be: comes before launch_plan().
 * Results as there. */
int launch_stage1(const Invocation *inv, Launch *l, Error *err);

/* Finds the images (fetching what the pull policy wants) or reads --pod-manifest, and makes the pod
 * manifest, by options that run_options_check() has passed. Nothing of a pod exists yet. 0; > 0 the
 * exit status when an image could not be fetched and the user was told why; or a negative errno. */
int launch_plan(const Invocation *inv, Launch *l, Error *err);

/* Finds the data directory and opens its store: the first step of the others. 0 or a negative
 * errno. */
int launch_open(const Invocation *inv, Launch *l, Error *err);

/* Loads a stored image that can be run here, as the first of l->images. 0 or a negative errno. */
int launch_load_image(Launch *l, const char *key, Error *err);

/* The images of m, the manifest of a prepared pod or a part of it, as they were when it was
 * prepared: the store need not have them any more. 0 or a negative errno. */
int launch_load_prepared(Launch *l, const Pod *pod, const PodManifest *m, Error *err);
