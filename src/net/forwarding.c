/* SPDX-License-Identifier: Apache-2.0 */
#include "net/forwarding.h"

#include <fcntl.h>
#include <sys/socket.h>
#include "base/fd.h"

int forwarding_enable(int family, Error *err)
{
	const char *path = family == AF_INET ? "/proc/sys/net/ipv4/ip_forward"
					     : "/proc/sys/net/ipv6/conf/all/forwarding";
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
	char now = '0';
	int r;

	if (fd < 0)
		return fail_errno(err, -errno, "open %s", path);
	/* Writing it makes the kernel go through all interfaces. */
	if (pread(fd, &now, 1, 0) == 1 && now != '0')
		return 0;
	r = fd_write(fd, "1", 1);
	return r < 0 ? fail_errno(err, r, "write %s", path) : 0;
}
