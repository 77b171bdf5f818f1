/* SPDX-License-Identifier: Apache-2.0 */

/* The control socket as its clients see it. The working directory is the pod's. */

#include "init/control.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include "base/cleanup.h"
#include "base/packet.h"
#include "init/channel.h"

static int set_patience(int socket, int option, unsigned seconds)
{
	const struct timeval patience = {.tv_sec = (time_t)seconds};

	return setsockopt(socket, SOL_SOCKET, option, &patience, sizeof patience);
}

static int timed_out(int r)
{
	return r == -EAGAIN ? -ETIMEDOUT : r;
}

int control_connect(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = CONTROL_SOCKET};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (set_patience(fd, SO_SNDTIMEO, CONTROL_SECONDS) == 0 &&
		connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	(void)fd_close(fd);
	return timed_out(-errno);
}

int control_ask(
	int socket, const ControlRequest *request, const int *fds, unsigned n, unsigned seconds)
{
	int none[PACKET_FDS], r;
	int32_t result;

	if (set_patience(socket, SO_RCVTIMEO, seconds) < 0)
		return -errno;
	r = packet_send(socket, request, sizeof *request, fds, n);
	if (r < 0)
		return timed_out(r);
	r = packet_receive(socket, &result, sizeof result, none);
	/* The monitor has ended, and the pod with it. */
	if (r == 0)
		return -EPIPE;
	return r < 0 ? timed_out(r) : result;
}
