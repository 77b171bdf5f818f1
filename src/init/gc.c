/* SPDX-License-Identifier: Apache-2.0 */

/* Removing what a pod has left behind whose monitor was killed. */

#include "init/roles.h"

#include "init/cgroups.h"
#include "init/plan-file.h"
#include "init/say.h"

int role_gc(int argc, char **argv)
{
	Plan plan;

	say_set_component("gc");
	/* A plan of another boot, or half a plan, has left nothing behind. */
	if (plan_file_open(PLAN_FILE, &plan) == 0)
		cgroups_remove(&plan);
	return 0;
}
