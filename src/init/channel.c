/* SPDX-License-Identifier: Apache-2.0 */
#include "init/channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int channel_create(int ret[static 2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) < 0 ? -errno : 0;
}

typedef union FdControl {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
} FdControl;

int channel_send(int channel, const Message *m, int fd)
{
	struct iovec iov = {.iov_base = (void *)(uintptr_t)m, .iov_len = sizeof *m};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	FdControl control = {0};

	if (fd >= 0) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
		msg.msg_control = &control;
		msg.msg_controllen = sizeof control.space;
	}
	while (sendmsg(channel, &msg, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int channel_receive(int channel, Message *ret, int *ret_fd)
{
	struct iovec iov = {.iov_base = ret, .iov_len = sizeof *ret};
	FdControl control = {0};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control.space,
	};
	const struct cmsghdr *c;
	ssize_t n;

	*ret_fd = -1;
	while ((n = recvmsg(channel, &msg, MSG_CMSG_CLOEXEC)) < 0)
		if (errno != EINTR)
			return -errno;
	if (n == 0)
		return 0;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(c), sizeof *ret_fd);
	return n == sizeof *ret ? 1 : -EBADMSG;
}
