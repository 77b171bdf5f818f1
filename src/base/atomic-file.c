/* SPDX-License-Identifier: Apache-2.0 */
#include "base/atomic-file.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/random.h>
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/strbuf.h"

/* "dir/.tmp-<16 hex>" beside path. */
static int temp_name(const char *path, char **ret)
{
	uint64_t random;

	if (getrandom(&random, sizeof random, 0) != sizeof random)
		return -EIO;
	return str_format(ret, "%.*s.tmp-%016llx", (int)(path_base(path) - path), path,
		(unsigned long long)random);
}

static int write_temp(
	int dirfd, const char *temp, mode_t mode, const void *data, size_t len, bool sync)
{
	_cleanup_close_ int fd = openat(dirfd, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	int r = fd < 0 ? -errno : fd_write(fd, data, len);

	return r == 0 && sync && fsync(fd) < 0 ? -errno : r;
}

static int replace(int dirfd, const char *path, mode_t mode, const void *data, size_t len,
	bool sync, Error *err)
{
	_cleanup_free_ char *temp = NULL;
	int r = temp_name(path, &temp);

	if (r < 0)
		return fail_errno(err, r, "write %s", path);
	r = write_temp(dirfd, temp, mode, data, len, sync);
	if (r == 0 && renameat(dirfd, temp, dirfd, path) < 0)
		r = -errno;
	if (r == 0)
		return 0;
	(void)unlinkat(dirfd, temp, 0);
	return fail_errno(err, r, "write %s", path);
}

int atomic_write(int dirfd, const char *path, mode_t mode, const void *data, size_t len, Error *err)
{
	return replace(dirfd, path, mode, data, len, false, err);
}

int atomic_write_synced(
	int dirfd, const char *name, mode_t mode, const void *data, size_t len, Error *err)
{
	int r = replace(dirfd, name, mode, data, len, true, err);

	return r == 0 && fsync(dirfd) < 0 ? fail_errno(err, -errno, "sync %s", name) : r;
}
