/* SPDX-License-Identifier: Apache-2.0 */
#include "store/verity.h"

#include <fcntl.h>
#include <linux/fsverity.h>
#include <sys/ioctl.h>
#include "base/fd.h"
#include "base/strbuf.h"

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

int layer_protect_view(const Store *s, const char *layer, Error *err)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int dir = -1;
	int r;

	if (str_format(&path, "tree/%s", layer) < 0)
		return fail_oom(err);
	dir = fd_open_dir(s->cas_fd, path);
	r = dir < 0 ? dir : protect(dir, "tar");
	if (r == 0)
		r = protect(dir, "index");
	if (r == -ENOTTY || r == -EOPNOTSUPP || r == -EINVAL)
		return 0;
	return r < 0 ? fail_errno(err, r, "protect layer %s", layer) : 0;
}
