/* SPDX-License-Identifier: Apache-2.0 */
#include "init/network.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include "base/cleanup.h"
#include "init/channel.h"
#include "init/execute.h"

#define OWN_NAMESPACE "/proc/self/ns/net"

static int bring_loopback_up(void)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};

	if (fd < 0)
		return -errno;
	return ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
}

int network_enter_new(void)
{
	int fd, r;

	if (unshare(CLONE_NEWNET) < 0)
		return -errno;
	r = bring_loopback_up();
	if (r < 0)
		return r;
	fd = open(OWN_NAMESPACE, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int network_create(void)
{
	_cleanup_close_ int host = open(OWN_NAMESPACE, O_RDONLY | O_CLOEXEC), fd = -1;

	if (host < 0)
		return -errno;
	fd = network_enter_new();
	if (setns(host, CLONE_NEWNET) < 0)
		return -errno;
	return fd < 0 ? fd : TAKE_FD(fd);
}

int execute_network(Execution *x, const PlanOp *op)
{
	_cleanup_close_ int fd = -1;
	Message m;

	if (channel_receive(x->channel, &m, &fd) <= 0 || m.kind != MESSAGE_NETWORK || fd < 0)
		return -EPIPE;
	return setns(fd, CLONE_NEWNET) < 0 ? -errno : 0;
}
