/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/local-file.h"

#include <fcntl.h>
#include <sys/stat.h>

#define CHUNK (256u << 10)

int local_file_open(int dirfd, const char *path, int64_t *ret_size, Error *err)
{
	_cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return fail_errno(err, -errno, "open %s", path);
	if (fstat(fd, &st) < 0)
		return fail_errno(err, -errno, "stat %s", path);
	if (!S_ISREG(st.st_mode))
		return fail(err, -EINVAL, "%s is not a regular file", path);
	*ret_size = st.st_size;
	return TAKE_FD(fd);
}

int local_file_send(int fd, int64_t offset, int64_t size, Sink sink, Error *err)
{
	_cleanup_free_ char *buf = malloc(CHUNK);
	int r = 0;

	if (!buf)
		return fail_oom(err);
	while (r == 0 && size > 0) {
		ssize_t n = pread(fd, buf, (size_t)MIN(size, (int64_t)CHUNK), offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(err, -errno, "read");
		if (n == 0)
			return fail(err, -EINVAL, "the file is truncated");
		r = sink_write(&sink, buf, (size_t)n, err);
		offset += n;
		size -= n;
	}
	return r;
}

int local_stream_send(int fd, Sink sink, Error *err)
{
	_cleanup_free_ char *buf = malloc(CHUNK);
	ssize_t n;
	int r = 0;

	if (!buf)
		return fail_oom(err);
	while (r == 0) {
		n = read(fd, buf, CHUNK);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? fail_errno(err, -errno, "read") : 0;
		r = sink_write(&sink, buf, (size_t)n, err);
	}
	return r;
}
