/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One flavor of stage1. */

#include "stage1/stage1.h"

typedef struct Flavor {
	const char *name; /* as the pod's link "flavor" says it */

	/* Makes the pod's directory ready; see stage1_prepare(). */
	int (*prepare)(const Pod *pod, const PlanInput *in, Error *err);

	/* Makes a running pod's directory ready for more apps; see stage1_add_app(). */
	int (*prepare_app)(const Pod *pod, const PlanInput *in, Error *err);

	/* The path of an entry point ("run", "enter", "stop", "gc", "app-add", "app-rm",
	 * "app-start", "app-stop", "attach"). Fresh memory. */
	int (*entry_point)(const Pod *pod, const char *name, char **ret, Error *err);
} Flavor;

extern const Flavor flavor_native;
