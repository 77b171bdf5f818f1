/* SPDX-License-Identifier: Apache-2.0 */

/* Ending a pod from outside, and removing what one has left behind. */

#include "init/roles.h"

#include <errno.h>
#include <signal.h>
#include "base/macro.h"
#include "init/cgroups.h"
#include "init/plan-file.h"
#include "init/pod-files.h"
#include "init/say.h"

int role_stop(int argc, char **argv)
{
	pid_t monitor, target;
	bool force = false;

	say_set_component("stop");
	for (int i = 1; i < argc; i++)
		force = force || streq(argv[i], "--force");
	monitor = target = pod_files_monitor();
	/* By force: the pod's first process goes, and with it the whole pod; the monitor then
	 * cleans up. */
	if (monitor > 0 && force)
		target = pod_files_first_process(monitor);
	if (target == 0)
		return 0;
	if (target > 0 && kill(target, force ? SIGKILL : SIGTERM) < 0)
		target = -errno;
	if (target > 0)
		return 0;
	say("cannot stop the pod: ", say_errno(target), NULL);
	return 254;
}

int role_gc(int argc, char **argv)
{
	Plan plan;

	say_set_component("gc");
	/* A plan of another boot, or half a plan, has left nothing behind. */
	if (plan_file_open(&plan) == 0)
		cgroups_remove(&plan);
	return 0;
}
