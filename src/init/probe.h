/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Finding out whether an app has got stuck, by a child of its keeper each time. Times are
 * those of monotonic_ms(). */

#include <sys/types.h>
#include "plan/plan.h"

typedef struct Probe {
	const PlanProbe *plan;
	pid_t pid;         /* of the probe that runs, or 0 */
	int64_t at;        /* when the next one begins, or this one has taken too long */
	unsigned failures; /* one after the other, up to now */
} Probe;

/* For an app that has just been started. */
void probe_begin(Probe *p, const PlanProbe *plan);

/* Does what is due, and returns for how many milliseconds there is nothing to do unless a child
 * ends; -1: for ever. */
int64_t probe_step(Probe *p);

/* Whether so many have failed that the app has got stuck. */
bool probe_is_stuck(const Probe *p);

/* Ends the one that runs. The next probe_step() does nothing. */
void probe_end(Probe *p);
