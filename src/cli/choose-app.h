/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which app of a pod a verb is for. */

#include "cli/verb.h"
#include "pod/pod.h"

/* The app that was named with --app, or the only one. name is NULL when none was. 0, -ENOENT, or
 * -EINVAL for several apps, which are printed then. The result lives as long as the manifest. */
int choose_app(const Invocation *inv, const PodManifest *manifest, const char *name,
	const char **ret, Error *err);

/* A pod that runs, as it was typed, with its manifest and the app in it that name stands for as
 * above. -EINVAL for a pod that does not run; 0 or another negative errno. */
int choose_running_app(const Invocation *inv, const char *typed, const char *name, Pod **ret,
	PodManifest **ret_manifest, const char **ret_app, Error *err);
