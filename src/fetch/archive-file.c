/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/archive-file.h"

#include <fcntl.h>
#include <inttypes.h>
#include "base/fd.h"
#include "fetch/compression.h"
#include "fetch/local-file.h"

typedef struct Output {
	int fd;
	uint64_t room; /* bytes that may still come */
} Output;

static int write_tar(void *userdata, const void *data, size_t len, Error *err)
{
	Output *out = userdata;
	int r;

	if (len > out->room)
		return fail(err, -EFBIG, "unpacks to more than the allowed size");
	out->room -= len;
	r = fd_write(out->fd, data, len);
	return r < 0 ? fail_errno(err, r, "write to a temporary file of the store") : 0;
}

static int feed(void *userdata, const void *data, size_t len, Error *err)
{
	return decompressor_feed(userdata, data, len, err);
}

static int decompress(
	const FetchContext *context, Compression kind, int fd, int64_t size, Error *err)
{
	_cleanup_close_ int tmp =
		openat(context->store->cas_fd, "tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	_cleanup_decompressor_ Decompressor *d = NULL;
	Output out = {tmp, context->max_bytes};
	int r;

	if (tmp < 0)
		return fail_errno(
			err, -errno, "create a temporary file in %s/tmp", context->store->path);
	r = decompressor_new(kind, (Sink){write_tar, &out}, &d, err);
	if (r == 0)
		r = local_file_send(fd, 0, size, (Sink){feed, d}, err);
	if (r == 0)
		r = decompressor_finish(d, err);
	return r < 0 ? r : TAKE_FD(tmp);
}

int archive_file_open(const FetchContext *context, const char *path, Error *err)
{
	_cleanup_close_ int fd = -1;
	char head[COMPRESSION_HEAD_MAX];
	Compression kind;
	int64_t size;
	ssize_t n;
	int r;

	fd = local_file_open(AT_FDCWD, path, &size, err);
	if (fd < 0)
		return fd;
	n = pread(fd, head, sizeof head, 0);
	if (n < 0)
		return fail_errno(err, -errno, "read %s", path);
	if (compression_detect(head, (size_t)n, &kind) < 0)
		return fail(err, -EINVAL, "%s is not a tar file", path);
	if (kind == COMPRESSION_NONE)
		return TAKE_FD(fd);
	r = decompress(context, kind, fd, size, err);
	return r < 0 ? wrap(err, r, "cannot unpack %s", path) : r;
}
