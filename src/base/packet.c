/* SPDX-License-Identifier: Apache-2.0 */
#include "base/packet.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

typedef union FdControl {
	struct cmsghdr header;
	char space[CMSG_SPACE(PACKET_FDS * sizeof(int))];
} FdControl;

int packet_send(int socket, const void *data, size_t len, const int *fds, unsigned n)
{
	struct iovec iov = {.iov_base = (void *)(uintptr_t)data, .iov_len = len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	FdControl control = {0};

	if (n > 0) {
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(n * sizeof *fds);
		memcpy(CMSG_DATA(&control.header), fds, n * sizeof *fds);
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(n * sizeof *fds);
	}
	while (sendmsg(socket, &msg, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int packet_receive(int socket, void *ret, size_t len, int ret_fds[static PACKET_FDS])
{
	struct iovec iov = {.iov_base = ret, .iov_len = len};
	FdControl control = {0};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		/* Not the padding behind it, where one more would fit. */
		.msg_controllen = CMSG_LEN(PACKET_FDS * sizeof(int)),
	};
	const struct cmsghdr *c;
	ssize_t n;

	for (unsigned i = 0; i < PACKET_FDS; i++)
		ret_fds[i] = -1;
	/* Who ends with something unread resets the connection. That is told once, before what it
	 * has said last. */
	while ((n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC)) < 0)
		if (errno != EINTR && errno != ECONNRESET)
			return -errno;
	if (n == 0)
		return 0;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	return (size_t)n == len && !(msg.msg_flags & MSG_TRUNC) ? 1 : -EBADMSG;
}
