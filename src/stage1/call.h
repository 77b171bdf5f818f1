/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A call of an entry point of a pod's stage1: found through the pod's flavor. */

#include "stage1/entry-point.h"
#include "stage1/flavor.h"

typedef struct Call {
	EntryPoint entry_point;
	const Flavor *flavor;
	char *path;    /* as the flavor says it */
	char *program; /* the path of the program in the pod's directory, or on the host */
} Call;

#define CALL_INIT                                                                                  \
	{                                                                                          \
		0                                                                                  \
	}

/* Finds the entry point ("run", "stop", ...) of the pod; flavor is NULL when that is to be found
 * out as well. Its first argument, the name, is added. 0; -EOPNOTSUPP where the stage1 has none; or
 * another negative errno. */
int call_init(Call *ret, const Pod *pod, const Flavor *flavor, const char *name, Error *err);
void call_done(Call *c);
#define _cleanup_call_ _cleanup_(call_done)

/* The version of the interface that the pod's stage1 speaks. 0 or a negative errno. */
int call_version(const Call *c, const Pod *pod, unsigned *ret, Error *err);

/* The flavor that the pod runs, or ran, with; the native one for a pod that never has. 0, -ENOENT
 * for one that this engine does not know, or another negative errno. */
int call_find_flavor(const Pod *pod, const Flavor **ret, Error *err);
