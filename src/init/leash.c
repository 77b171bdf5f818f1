/* SPDX-License-Identifier: Apache-2.0 */
#include "init/leash.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/macro.h"

/* What kills the caller's group or terminal must not end this, too. */
static _noreturn_ void wait_and_kill(int end)
{
	pid_t leader = 0;
	char word;

	(void)setsid();
	if (dup2(end, STDIN_FILENO) < 0 || syscall(SYS_close_range, 1, ~0U, 0) < 0)
		_exit(1);
	if (read(STDIN_FILENO, &leader, sizeof leader) == sizeof leader &&
		read(STDIN_FILENO, &word, 1) == 0) {
		(void)kill(leader, SIGKILL);
		(void)kill(-leader, SIGKILL);
	}
	_exit(0);
}

int leash_create(void)
{
	int ends[2], r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		wait_and_kill(ends[0]);
	r = pid < 0 ? -errno : ends[1];
	(void)fd_close(ends[0]);
	if (r < 0)
		(void)fd_close(ends[1]);
	return r;
}

void leash_hold(int leash, pid_t leader)
{
	(void)!write(leash, &leader, sizeof leader);
}

void leash_release(int leash)
{
	(void)!write(leash, "", 1);
}
