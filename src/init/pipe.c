/* SPDX-License-Identifier: Apache-2.0 */
#include "init/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int stream_pipe(unsigned stream, uint32_t owner, int *ret_ours, int *ret_apps)
{
	unsigned ours = stream == 0 ? 1 : 0;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	if (fcntl(fds[ours], F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	if (owner && fchown(fds[0], owner, owner) < 0)
		return -errno;
	*ret_ours = fds[ours];
	*ret_apps = fds[1 - ours];
	return 0;
}
