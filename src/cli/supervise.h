/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The last step of a start: rkt becomes the supervisor of the pod. */

#include "cli/launch.h"
#include "cli/wiring.h"

/* What --insecure-options leaves open, as PlanConfinement. */
unsigned supervise_openings(const GlobalOptions *global);

/* In the run directory, with the pod's lock held: executes the stage1 in place of the caller, or in
 * the background with --detach. The manifest of the pod is in l, its networks are w's. Returns
 * only on failure and, with 0, in the background's case. */
int supervise_become(const Invocation *inv, const Launch *l, const Flavor *flavor, const Pod *pod,
	UserRange users, Wiring *w, Error *err);
