/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The root filesystem of an app, of pods that run and of those that have. */

#include "pod/pod.h"

/* The directories that the root filesystem of an app of a pod that has ended is made of, relative
 * to the pod's, to which the process changes: those of an overlay, uppermost first, or a single
 * one. They are in arena. */
int pod_root_dirs(const Pod *pod, const RuntimeApp *app, Arena *arena, StrList *ret, Error *err);

/* Opens it: as the app sees it, or, of a pod that has ended, as it has left it, to be read only and
 * without its volumes. The working directory becomes the pod's. A descriptor, or a negative errno.
 */
int pod_root_open(const Pod *pod, const PodManifest *m, const char *app, Arena *arena, Error *err);

/* Whether an app of a running pod has one: that whose pod was started again has it from "rkt app
 * start" on. */
bool pod_root_exists(const Pod *pod, const PodManifest *m, const char *app);

/* -EINVAL for an app that has none, else 0. */
int pod_root_check(const Pod *pod, const PodManifest *m, const char *app, Error *err);

/* Whether a pod was run by a stage1 image, which alone knows where its files are: -EOPNOTSUPP. */
int pod_root_check_flavor(const Pod *pod, Error *err);
