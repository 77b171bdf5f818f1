/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which app of a pod a verb is for. */

#include "cli/verb.h"
#include "spec/pod-manifest.h"

/* The app that was named with --app, or the only one. name is NULL when none was. 0, -ENOENT, or
 * -EINVAL for several apps, which are printed then. The result lives as long as the manifest. */
int choose_app(const Invocation *inv, const PodManifest *manifest, const char *name,
	const char **ret, Error *err);
