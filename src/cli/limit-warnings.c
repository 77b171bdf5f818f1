/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/limit-warnings.h"

#include <stdio.h>
#include "base/log.h"
#include "plan/limits.h"

/* The words that rkt's users know, and why. */
static void warn_of_limit(const PlanInput *in, const char *app, const Isolator *isolator)
{
	const char *controller = cgroup_controller_name(isolator_controller(isolator));
	char why[128];

	if (in->pod)
		(void)snprintf(why, sizeof why,
			"the pod's cgroups were made without controller \"%s\"", controller);
	else if (in->cgroups->mode == CGROUP_V2)
		(void)snprintf(why, sizeof why,
			"neither the caller's cgroup nor one above can give controller \"%s\" to "
			"its children",
			controller);
	else
		(void)snprintf(why, sizeof why,
			"no cgroup hierarchy of controller \"%s\" is mounted at /sys/fs/cgroup",
			controller);
	log_line(NULL,
		"warning: %s isolator set but support disabled in the kernel, skipping (app "
		"\"%s\": "
		"%s)",
		isolator->name, app, why);
}

void limit_warnings(const PlanInput *in)
{
	unsigned missing = plan_limits_wanted(in) & ~plan_limits_enforced(in);

	for (size_t i = 0; i < in->manifest->n_apps && missing; i++) {
		const App *app = plan_input_app(in, i);

		for (size_t k = 0; k < app->n_isolators; k++)
			if (isolator_controller(&app->isolators[k]) & missing)
				warn_of_limit(in, in->manifest->apps[i].name, &app->isolators[k]);
	}
}
