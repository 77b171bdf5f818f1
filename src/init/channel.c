/* SPDX-License-Identifier: Apache-2.0 */
#include "init/channel.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "base/packet.h"

int channel_create(int ret[static 2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) < 0 ? -errno : 0;
}

int channel_send(int channel, const Message *m, int fd)
{
	return packet_send(channel, m, sizeof *m, &fd, fd >= 0);
}

int channel_receive(int channel, Message *ret, int *ret_fd)
{
	int fds[PACKET_FDS], r = packet_receive(channel, ret, sizeof *ret, fds);

	*ret_fd = fds[0];
	for (unsigned i = 1; i < PACKET_FDS; i++)
		(void)fd_close(fds[i]);
	return r;
}
