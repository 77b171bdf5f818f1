/* SPDX-License-Identifier: Apache-2.0 */
#include "store/verity.h"

#include <fcntl.h>
#include <linux/fsverity.h>
#include <sys/ioctl.h>
#include "base/fd.h"

#define BLOCK 4096

/* One that is being written, by somebody who brings the layer once more, gets it another time. */
static int protect(int dir, const char *name)
{
	struct fsverity_enable_arg how = {
		.version = 1, .hash_algorithm = FS_VERITY_HASH_ALG_SHA256, .block_size = BLOCK};
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (ioctl(fd, FS_IOC_ENABLE_VERITY, &how) < 0 && errno != EEXIST && errno != ETXTBSY)
		return -errno;
	return 0;
}

/* 1: the filesystem has no such thing. */
static int protect_layer(const Store *s, int trees, const char *layer, Error *err)
{
	_cleanup_close_ int dir = -1;
	int64_t bytes, tar;
	int r;

	if (store_layer_size(s, layer, &bytes, &tar, NULL) < 0 || tar < 0)
		return 0;
	dir = fd_open_dir(trees, layer);
	r = dir < 0 ? dir : protect(dir, "tar");
	if (r == 0)
		r = protect(dir, "index");
	if (r == -ENOTTY || r == -EOPNOTSUPP || r == -EINVAL)
		return 1;
	return r < 0 ? fail_errno(err, r, "protect layer %s", layer) : 0;
}

int store_protect_views(const Store *s, Error *err)
{
	_cleanup_close_ int fd = fd_open_dir(s->cas_fd, "tree");
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fd_opendir(fd);
	const struct dirent *entry;
	int r = 0;

	if (!dir)
		return fail_errno(err, fd < 0 ? fd : -errno, "open %s/tree", s->path);
	while (r == 0 && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			r = protect_layer(s, fd, entry->d_name, err);
	return MIN(r, 0);
}
