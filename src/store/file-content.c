/* SPDX-License-Identifier: Apache-2.0 */
#include "store/file-content.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include "base/fd.h"

#define BUFFER_SIZE (1u << 17)

void file_content_done(FileContent *c)
{
	free(TAKE_PTR(c->buffer));
}

static int copy_by_hand(FileContent *c, int from, int to, off_t length, Error *err)
{
	if (!c->buffer)
		c->buffer = malloc(BUFFER_SIZE);
	if (!c->buffer)
		return fail_oom(err);
	while (length > 0) {
		ssize_t n = fd_read(from, c->buffer, MIN((size_t)length, (size_t)BUFFER_SIZE));
		int r;

		if (n <= 0)
			return n < 0 ? fail_errno(err, (int)n, "read") : 0;
		r = fd_write(to, c->buffer, (size_t)n);
		if (r < 0)
			return fail_errno(err, r, "write");
		length -= n;
	}
	return 0;
}

/* Copies length bytes from where both stand: the kernel does it, or they are copied by hand. */
static int copy_range(FileContent *c, int from, int to, off_t length, Error *err)
{
	while (length > 0) {
		ssize_t n = copy_file_range(from, NULL, to, NULL, (size_t)length, 0);

		if (n < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO))
			return fail_errno(err, -errno, "copy");
		/* What is left is read from where this stopped. */
		if (n <= 0)
			return copy_by_hand(c, from, to, length, err);
		length -= n;
	}
	return 0;
}

/* Copies what is no hole. The file may grow meanwhile: what is behind size is not looked at. */
static int copy_sparse(FileContent *c, int from, int to, off_t size, Error *err)
{
	off_t data = 0;
	int r = 0;

	while (r == 0 && data < size && (data = lseek(from, data, SEEK_DATA)) >= 0) {
		off_t hole = lseek(from, data, SEEK_HOLE);

		if (hole < 0 || lseek(from, data, SEEK_SET) < 0 || lseek(to, data, SEEK_SET) < 0)
			return fail_errno(err, -errno, "seek");
		r = copy_range(c, from, to, MIN(hole, size) - data, err);
		data = hole;
	}
	if (r == 0 && data < 0 && errno != ENXIO)
		return fail_errno(err, -errno, "seek");
	return r == 0 && ftruncate(to, size) < 0 ? fail_errno(err, -errno, "write") : r;
}

int file_content_copy(FileContent *c, int from, int to, const struct stat *st, Error *err)
{
	if (st->st_size == 0)
		return 0;
	if (!c->no_clone && ioctl(to, FICLONE, from) == 0)
		return 0;
	c->no_clone = true;
	return file_has_holes(st) ? copy_sparse(c, from, to, st->st_size, err)
				  : copy_range(c, from, to, st->st_size, err);
}
