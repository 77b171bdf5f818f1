/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Reads fd to its end. hint is the size to expect, whole says that having read so much is having
 * read it all. */
static int read_all(int fd, size_t hint, bool whole, size_t max, char **ret, size_t *ret_len)
{
	size_t size = MIN(hint, max) + 1, len = 0;
	_cleanup_free_ char *buf = malloc(size + 1);

	if (!buf)
		return -ENOMEM;
	for (;;) {
		ssize_t n = read(fd, buf + len, size - len);
		char *bigger;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		len += (size_t)n;
		if (len > max)
			return -EFBIG;
		if (n == 0 || (whole && len == hint))
			break;
		if (len < size)
			continue;
		size *= 2;
		bigger = realloc(buf, size + 1);
		if (!bigger)
			return -ENOMEM;
		buf = bigger;
	}
	buf[len] = '\0';
	*ret = TAKE_PTR(buf);
	if (ret_len)
		*ret_len = len;
	return 0;
}

static int read_opened(int fd, const char *path, const struct stat *st, size_t max, char **ret,
	size_t *ret_len, Error *err)
{
	int r = read_all(fd, st->st_size > 0 ? (size_t)st->st_size : 4096,
		S_ISREG(st->st_mode) && st->st_size > 0, max, ret, ret_len);

	if (r == -EFBIG)
		return fail(err, r, "read %s: larger than %zu bytes", path, max);
	return r < 0 ? fail_errno(err, r, "read %s", path) : 0;
}

/* Opens a file, with O_NONBLOCK also one that would keep others waiting. */
static int open_to_read(int dirfd, const char *path, int flags, struct stat *ret, Error *err)
{
	_cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | flags);

	if (fd < 0)
		return fail_errno(err, -errno, "open %s", path);
	if (fstat(fd, ret) < 0)
		return fail_errno(err, -errno, "stat %s", path);
	if (S_ISDIR(ret->st_mode))
		return fail_errno(err, -EISDIR, "read %s", path);
	return TAKE_FD(fd);
}

int fd_read_file(int dirfd, const char *path, size_t max, char **ret, size_t *ret_len, Error *err)
{
	struct stat st;
	_cleanup_close_ int fd = open_to_read(dirfd, path, O_NONBLOCK, &st, err);

	if (fd < 0)
		return fd;
	if (!S_ISREG(st.st_mode))
		return fail(err, -EINVAL, "read %s: not a regular file", path);
	return read_opened(fd, path, &st, max, ret, ret_len, err);
}

int fd_read_input(const char *path, size_t max, char **ret, size_t *ret_len, Error *err)
{
	struct stat st;
	_cleanup_close_ int fd = open_to_read(AT_FDCWD, path, 0, &st, err);

	return fd < 0 ? fd : read_opened(fd, path, &st, max, ret, ret_len, err);
}

int fd_write_file(
	int dirfd, const char *path, mode_t mode, const void *data, size_t len, Error *err)
{
	_cleanup_close_ int fd = openat(dirfd, path,
		O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, mode);
	int r;

	if (fd < 0)
		return fail_errno(err, -errno, "create %s", path);
	r = fd_write(fd, data, len);
	if (r < 0)
		return fail_errno(err, r, "write %s", path);
	return 0;
}

int fd_open_dir(int dirfd, const char *path)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int fd_cloexec_all(void)
{
	long r = syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC);

	return r < 0 ? -errno : 0;
}

int fd_set_cloexec(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFD);

	if (flags < 0)
		return -errno;
	flags = on ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC;
	return fcntl(fd, F_SETFD, flags) < 0 ? -errno : 0;
}

DIR *fd_opendir(int fd)
{
	_cleanup_close_ int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir;

	if (copy < 0)
		return NULL;
	dir = fdopendir(copy);
	if (dir)
		(void)TAKE_FD(copy);
	return dir;
}
