/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/layer-lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/lock.h"
#include "store/import.h"

/* Whether the locked file is still the one that others will find under this name. */
static bool is_current(int dir_fd, const char *name, int fd)
{
	struct stat mine, current;

	return fstat(fd, &mine) == 0 && fstatat(dir_fd, name, &current, AT_SYMLINK_NOFOLLOW) == 0 &&
	       mine.st_dev == current.st_dev && mine.st_ino == current.st_ino;
}

int layer_lock_take(
	LayerLock *ret, const Store *s, const char *layer, Progress *progress, Error *err)
{
	_cleanup_close_ int dir_fd = fd_open_dir(s->cas_fd, "tmp");
	bool told = false;

	if (dir_fd < 0)
		return fail_errno(err, dir_fd, "open %s/tmp", s->path);
	(void)snprintf(ret->name, sizeof ret->name, STORE_FETCH_LOCK_PREFIX "%s", layer);
	for (;;) {
		_cleanup_close_ int fd =
			lock_file(dir_fd, ret->name, LOCK_MODE_EXCLUSIVE, told, err);

		if (fd == -EWOULDBLOCK) {
			progress_note(progress,
				"another rkt instance is downloading this file, waiting...");
			told = true;
			continue;
		}
		if (fd < 0)
			return fd;
		if (!is_current(dir_fd, ret->name, fd))
			continue;
		ret->fd = TAKE_FD(fd);
		ret->dir_fd = TAKE_FD(dir_fd);
		return 0;
	}
}

void layer_lock_done(LayerLock *l)
{
	/* Removed while it is held, so nobody can hold a removed one without noticing. */
	if (l->fd >= 0)
		(void)unlinkat(l->dir_fd, l->name, 0);
	l->fd = fd_close(l->fd);
	l->dir_fd = fd_close(l->dir_fd);
}
