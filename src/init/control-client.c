/* SPDX-License-Identifier: Apache-2.0 */

/* The control socket as its clients see it. The working directory is the pod's. */

#include "init/control.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "base/cleanup.h"
#include "base/packet.h"
#include "init/channel.h"

int control_connect(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = CONTROL_SOCKET};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	(void)fd_close(fd);
	return -errno;
}

int control_ask(int socket, const ControlRequest *request, const int *fds, unsigned n)
{
	int none[PACKET_FDS], r = packet_send(socket, request, sizeof *request, fds, n);
	int32_t result;

	if (r < 0)
		return r;
	r = packet_receive(socket, &result, sizeof result, none);
	/* The monitor has ended, and the pod with it. */
	if (r == 0)
		return -EPIPE;
	return r < 0 ? r : result;
}

int control_request(const ControlRequest *request, const int *fds, unsigned n)
{
	_cleanup_close_ int socket = control_connect();

	return socket < 0 ? socket : control_ask(socket, request, fds, n);
}
