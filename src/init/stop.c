/* SPDX-License-Identifier: Apache-2.0 */

/* Ending a pod from outside. */

#include "init/roles.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include "base/cleanup.h"
#include "base/macro.h"
#include "init/pod-files.h"
#include "init/say.h"

/* The process to send a signal to, held so that a later one with its number is never taken for it:
 * the monitor, which stops the pod in order, or by force the pod's first process, with which the
 * whole pod goes. The descriptor, -ESRCH when the pod is over, or another negative errno. */
static int open_target(bool force)
{
	pid_t monitor = pod_files_monitor(), target = monitor;
	_cleanup_close_ int fd = -1;

	if (monitor > 0 && force)
		target = pod_files_first_process(monitor);
	if (target <= 0)
		return target < 0 ? target : -ESRCH;
	fd = (int)syscall(SYS_pidfd_open, target, 0);
	if (fd < 0)
		return -errno;
	/* Only now do the numbers still tell something. */
	if (!pod_files_locked() || (force && pod_files_first_process(monitor) != target))
		return -ESRCH;
	return TAKE_FD(fd);
}

int role_stop(int argc, char **argv)
{
	_cleanup_close_ int target = -1;
	bool force = false;
	int r;

	say_set_component("stop");
	for (int i = 1; i < argc; i++)
		force = force || streq(argv[i], "--force");
	r = target = open_target(force);
	if (r >= 0 &&
		syscall(SYS_pidfd_send_signal, target, force ? SIGKILL : SIGTERM, NULL, 0) < 0)
		r = -errno;
	if (r >= 0 || r == -ESRCH)
		return 0;
	say("cannot stop the pod: ", say_errno(r), NULL);
	return 254;
}
