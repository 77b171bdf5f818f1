/* SPDX-License-Identifier: Apache-2.0 */
#include "init/probe.h"

#include "base/monotonic.h"
#include "init/keeper-internal.h"

void probe_begin(Probe *p, const PlanProbe *plan)
{
	*p = (Probe){.plan = plan->ops.n > 0 ? plan : NULL};
	if (p->plan)
		p->at = monotonic_ms() + plan->delay;
}

static void start_next(Probe *p)
{
	p->pid = keeper_start(p->plan->ops, KEEPER_PROBE);
	/* As good as one that fails. */
	if (p->pid < 0) {
		p->pid = 0;
		p->failures++;
	}
	p->at = monotonic_ms() + (p->pid > 0 ? p->plan->timeout : p->plan->interval);
}

static void end_one(Probe *p)
{
	p->failures = keeper_reap(p->pid) == 0 ? 0 : p->failures + 1;
	p->pid = 0;
	p->at = monotonic_ms() + p->plan->interval;
}

int64_t probe_step(Probe *p)
{
	if (!p->plan || probe_is_stuck(p))
		return -1;
	if (p->pid > 0 && (monotonic_ms() >= p->at || keeper_has_ended(p->pid)))
		end_one(p);
	if (p->pid == 0 && monotonic_ms() >= p->at && !probe_is_stuck(p))
		start_next(p);
	return MAX(p->at - monotonic_ms(), 0);
}

bool probe_is_stuck(const Probe *p)
{
	return p->plan && p->failures >= p->plan->failures;
}

void probe_end(Probe *p)
{
	if (p->pid > 0)
		(void)keeper_reap(p->pid);
	*p = (Probe){.pid = 0};
}
