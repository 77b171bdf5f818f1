/* SPDX-License-Identifier: Apache-2.0 */
#include "base/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include "base/cleanup.h"

static int lock_fd(int fd, const char *path, LockMode mode, bool wait, Error *err)
{
	int op = (mode == LOCK_MODE_SHARED ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB);

	while (flock(fd, op) < 0) {
		if (errno == EWOULDBLOCK)
			return -EWOULDBLOCK;
		if (errno != EINTR)
			return fail_errno(err, -errno, "lock %s", path);
	}
	return 0;
}

static int open_and_lock(
	int dirfd, const char *path, int flags, LockMode mode, bool wait, Error *err)
{
	_cleanup_close_ int fd = openat(dirfd, path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	int r;

	if (fd < 0)
		return fail_errno(err, -errno, "open %s", path);
	r = lock_fd(fd, path, mode, wait, err);
	return r < 0 ? r : TAKE_FD(fd);
}

int lock_dir(int dirfd, const char *path, LockMode mode, bool wait, Error *err)
{
	return open_and_lock(dirfd, path, O_RDONLY | O_DIRECTORY, mode, wait, err);
}

int lock_file(int dirfd, const char *path, LockMode mode, bool wait, Error *err)
{
	return open_and_lock(dirfd, path, O_RDWR | O_CREAT, mode, wait, err);
}
