/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The mount namespace of a pod that runs, held by its supervisor. Internal to the flavor. */

#include "pod/pod.h"

/* Writes down ("stage1/supervisor") that the caller is the pod's supervisor, in this namespace. 0
 * or a negative errno. */
int pod_namespace_note(const Pod *pod, Error *err);

/* Joins it; "/" is that of the namespace then, and the working directory as well. 0, -ESRCH where
 * the supervisor is not there any more, or another negative errno. */
int pod_namespace_join(const Pod *pod, Error *err);
