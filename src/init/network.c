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

int network_create(void)
{
	_cleanup_close_ int host = open(OWN_NAMESPACE, O_RDONLY | O_CLOEXEC), fd = -1;
	int r;

	if (host < 0 || unshare(CLONE_NEWNET) < 0)
		return -errno;
	r = bring_loopback_up();
	fd = open(OWN_NAMESPACE, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && r == 0)
		r = -errno;
	if (setns(host, CLONE_NEWNET) < 0)
		return -errno;
	return r < 0 ? r : TAKE_FD(fd);
}

int execute_network(Execution *x, const PlanOp *op)
{
	_cleanup_close_ int fd = -1;
	Message m;

	if (channel_receive(x->channel, &m, &fd) <= 0 || m.kind != MESSAGE_NETWORK || fd < 0)
		return -EPIPE;
	return setns(fd, CLONE_NEWNET) < 0 ? -errno : 0;
}
