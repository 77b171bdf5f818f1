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

static int write_temp(int dirfd, const char *temp, mode_t mode, const void *data, size_t len)
{
	_cleanup_close_ int fd = openat(dirfd, temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	return fd < 0 ? -errno : fd_write(fd, data, len);
}

int atomic_write(int dirfd, const char *path, mode_t mode, const void *data, size_t len, Error *err)
{
	_cleanup_free_ char *temp = NULL;
	int r = temp_name(path, &temp);

	if (r < 0)
		return fail_errno(err, r, "write %s", path);
	r = write_temp(dirfd, temp, mode, data, len);
	if (r == 0 && renameat(dirfd, temp, dirfd, path) < 0)
		r = -errno;
	if (r == 0)
		return 0;
	(void)unlinkat(dirfd, temp, 0);
	return fail_errno(err, r, "write %s", path);
}
