/* SPDX-License-Identifier: Apache-2.0 */
#include "init/listen.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/cleanup.h"

int listen_at(const char *path, int type, int backlog)
{
	_cleanup_close_ int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(path);
	mode_t mask;
	int r = 0;

	if (len >= sizeof address.sun_path)
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, len);
	mask = umask(0177);
	if (fd < 0 || (unlink(path) < 0 && errno != ENOENT) ||
		bind(fd, (struct sockaddr *)&address, sizeof address) < 0 ||
		listen(fd, backlog) < 0)
		r = -errno;
	(void)umask(mask);
	return r < 0 ? r : TAKE_FD(fd);
}
