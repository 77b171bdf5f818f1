/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the pods of a data directory need of the image store. */

#include "pod/pod.h"

typedef struct PodNeeds {
	StrList images; /* IDs: of pods that run, or are still to be run */
	StrList layers; /* of all pods but those in garbage */
	Arena arena;
} PodNeeds;

/* Who wants to remove what is not needed holds the lock of store_lock_prepare() exclusively, so
 * that no pod begins to need anything meanwhile. A pod whose files cannot be read is an error: it
 * may need everything. */
int pod_needs_find(const Pods *pods, PodNeeds *ret, Error *err);
void pod_needs_done(PodNeeds *n);

/* Whether the list has it. */
bool pod_needs_has(const StrList *list, const char *word);

#define _cleanup_pod_needs_ _cleanup_(pod_needs_done)
