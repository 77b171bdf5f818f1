/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Mutable pods as the verbs of "rkt app" take them. */

#include "cli/launch.h"
#include "cli/verb.h"
#include "pod/info.h"
#include "pod/pod.h"

/* Options that several of them have. */
typedef struct AppVerbOptions {
	const char *app;
} AppVerbOptions;
extern const OptionSet *const app_verb_option_sets[];

/* A pod whose apps may be changed, with its manifest and the lock that this takes. */
typedef struct MutablePod {
	Pods pods;
	Pod *pod;
	PodManifest *manifest;
	int lock;
} MutablePod;

#define MUTABLE_POD_INIT                                                                           \
	{                                                                                          \
		.pods = PODS_INIT, .lock = -1                                                      \
	}

/* Opens the pod that was typed. -EINVAL "immutable pod" for one whose apps may not be changed. */
int mutable_pod_open(const Invocation *inv, const char *typed, MutablePod *ret, Error *err);

/* Takes the lock, which the caller has given back or never had, and reads the manifest as it is
 * now. */
int mutable_pod_lock(MutablePod *m, Error *err);

/* Whether it runs and can be changed: -EINVAL 'pod "U" isn't currently running' or 'supervisor for
 * pod "U" is not yet ready'. */
int mutable_pod_check_running(const MutablePod *m, Error *err);

/* The app of --app, whose description *ret is: -EINVAL "must provide the app to DO" or 'error:
 * nonexistent app "N"'. */
int mutable_pod_find_app(
	const MutablePod *m, const char *app, const char *what, const RuntimeApp **ret, Error *err);

/* Makes the root filesystem of an app in the running pod: of the only one that is in the manifest
 * app, whose image is l->images[0], in the store that l has open. 0, the exit status of an entry
 * point (> 0), or a negative errno. */
int mutable_pod_make_root(const Invocation *inv, const MutablePod *m, const Launch *l,
	const PodManifest *app, Error *err);

void mutable_pod_done(MutablePod *m);

#define _cleanup_mutable_pod_ _cleanup_(mutable_pod_done)
