/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether an app that has ended is started again: an annotation of the app in the pod manifest. */

#include "spec/app.h"

#define RESTART_ANNOTATION "coreos.com/rkt/stage2/restart"

typedef enum RestartMode {
	RESTART_NO,         /* unless something else is said */
	RESTART_ON_FAILURE, /* when its status is not 0 */
	RESTART_ALWAYS,
} RestartMode;

typedef struct RestartPolicy {
	RestartMode mode;
	uint16_t max; /* how often at most, 0: as often as it takes */
} RestartPolicy;

/* What text says, or without a text the usual. 0, or -EINVAL: invalid restart policy "x": must be
 * one of no, on-failure, on-failure:N and always. */
int restart_policy_parse(const char *text, RestartPolicy *ret, Error *err);

/* The policy of an app from its annotations. The same. */
int restart_policy_of(const NameValues *annotations, RestartPolicy *ret, Error *err);
