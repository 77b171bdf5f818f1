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

/* fsyncs the directory that holds path below dirfd. */
static int sync_parent(int dirfd, const char *path)
{
	_cleanup_free_ char *parent = strndup(path, (size_t)(path_base(path) - path));
	_cleanup_close_ int fd = -1;

	if (!parent)
		return -ENOMEM;
	fd = fd_open_dir(dirfd, parent[0] ? parent : ".");
	if (fd < 0)
		return fd;
	return fsync(fd) < 0 ? -errno : 0;
}

static int write_temp(
	int dirfd, const char *temp, mode_t mode, const void *data, size_t len, int flags)
{
	_cleanup_close_ int fd = openat(dirfd, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	int r;

	if (fd < 0)
		return -errno;
	r = fd_write(fd, data, len);
	if (r < 0)
		return r;
	if ((flags & ATOMIC_SYNC) && fdatasync(fd) < 0)
		return -errno;
	return 0;
}

int atomic_write(int dirfd, const char *path, mode_t mode, const void *data, size_t len, int flags,
	Error *err)
{
	_cleanup_free_ char *temp = NULL;
	unsigned rename_flags = (flags & ATOMIC_NO_REPLACE) ? RENAME_NOREPLACE : 0;
	int r;

	r = temp_name(path, &temp);
	if (r < 0)
		return fail_errno(err, r, "write %s", path);
	r = write_temp(dirfd, temp, mode, data, len, flags);
	if (r == 0 && renameat2(dirfd, temp, dirfd, path, rename_flags) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlinkat(dirfd, temp, 0);
		return fail_errno(err, r, "write %s", path);
	}
	if (flags & ATOMIC_SYNC)
		r = sync_parent(dirfd, path);
	return r < 0 ? fail_errno(err, r, "sync the directory of %s", path) : 0;
}

int atomic_rename(
	int from_dirfd, const char *from, int to_dirfd, const char *to, bool sync, Error *err)
{
	int r;

	if (renameat2(from_dirfd, from, to_dirfd, to, RENAME_NOREPLACE) < 0)
		return fail_errno(err, -errno, "rename %s to %s", from, to);
	if (!sync)
		return 0;
	r = sync_parent(to_dirfd, to);
	return r < 0 ? fail_errno(err, r, "sync the directory of %s", to) : 0;
}
