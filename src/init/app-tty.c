/* SPDX-License-Identifier: Apache-2.0 */
#include "init/app-tty.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include "base/cleanup.h"

bool app_tty_wanted(const PlanApp *app)
{
	for (unsigned i = 0; i < 3; i++)
		if (app->stream[i] == PLAN_STREAM_PTY)
			return true;
	return false;
}

int tty_open(int *ret_master)
{
	_cleanup_close_ int master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	int unlock = 0, tty;

	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return -errno;
	tty = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty < 0)
		return -errno;
	*ret_master = TAKE_FD(master);
	return tty;
}

int app_tty_open(const Plan *plan, const PlanApp *app, int *ret_master)
{
	int tty = tty_open(ret_master);

	for (uint32_t i = app->ops.first; tty >= 0 && i < app->ops.first + app->ops.n; i++)
		if (plan->ops[i].code == PLAN_IDENTITY &&
			fchown(tty, (uid_t)plan->ops[i].num[0], (gid_t)-1) < 0) {
			*ret_master = fd_close(*ret_master);
			(void)fd_close(tty);
			return -errno;
		}
	return tty;
}
