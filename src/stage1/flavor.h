/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One flavor of stage1. */

#include "stage1/stage1.h"

typedef struct Flavor {
	const char *name; /* as the pod's link "flavor" says it */

	/* Makes the pod's directory ready; see stage1_prepare(). */
	int (*prepare)(const Pod *pod, const PlanInput *in, Error *err);

	/* The path of an entry point ("run", "enter", "stop", "gc"). Fresh memory. */
	int (*entry_point)(const Pod *pod, const char *name, char **ret, Error *err);
} Flavor;

extern const Flavor flavor_native;
