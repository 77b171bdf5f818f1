/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One flavor of stage1. */

#include "stage1/stage1.h"

/* The version of the interface between rkt and its stage1 that this engine speaks. */
#define STAGE1_INTERFACE_VERSION 6

struct Flavor {
	const char *name; /* as the pod's link "flavor" says it */

	/* Makes the pod's directory ready; see stage1_prepare(). */
	int (*prepare)(const Pod *pod, const PlanInput *in, const Image *stage1, Error *err);

	/* Makes a running pod's directory ready for more apps; see stage1_add_app(). */
	int (*prepare_app)(const Pod *pod, const PlanInput *in, Error *err);

	/* Takes away what is left of an app behind "app-rm". NULL: nothing. */
	int (*forget_app)(const Pod *pod, const char *app, Error *err);

	/* Whether a pod that has ended has left something for the entry point "gc". NULL: nobody
	 * knows. */
	bool (*left_behind)(const Pod *pod);

	/* Takes a pod that has ended from its networks; local_config as in Stage1Gc. NULL: the
	 * entry point "gc" has done so. */
	int (*disconnect)(const Pod *pod, const char *local_config, Error *err);

	/* The path of an entry point ("run", "enter", "stop", "gc", "app-add", "app-rm",
	 * "app-start", "app-stop", "attach", "exec") below root. Fresh memory. */
	int (*entry_point)(const Pod *pod, const char *name, char **ret, Error *err);
	const char *root; /* as in EntryPoint */
	int (*arrive)(const Pod *pod, const char *name, const char *app, Error *err); /* the same */

	/* The version of the interface that it speaks. NULL: this engine's. */
	int (*version)(const Pod *pod, unsigned *ret, Error *err);
};

extern const Flavor flavor_native, flavor_image;
