/* SPDX-License-Identifier: Apache-2.0 */
#include "store/partial.h"

#include <stdio.h>
#include <sys/stat.h>
#include "base/boot.h"
#include "base/fd.h"
#include "base/lock.h"
#include "store/tmp.h"

/* Opens and locks the file, and makes sure that it still is the one of that name: its last writer
 * may have removed it before the lock was free. */
static int open_locked(Partial *p, Error *err)
{
	_cleanup_close_ int fd = lock_file(p->dir_fd, p->name, LOCK_MODE_EXCLUSIVE, false, err);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return fail_errno(err, -errno, "stat %s", p->name);
	if (st.st_nlink == 0)
		return -EWOULDBLOCK;
	p->len = (uint64_t)st.st_size;
	p->fd = TAKE_FD(fd);
	return 0;
}

static int find_place(const Store *s, const char *name, Partial *ret, Error *err)
{
	char boot[BOOT_ID_LEN + 1];
	int r = boot_id_read(boot, err);

	if (r < 0)
		return r;
	ret->dir_fd = fd_open_dir(s->cas_fd, "tmp");
	if (ret->dir_fd < 0)
		return fail_errno(err, ret->dir_fd, "open %s/tmp", s->path);
	(void)snprintf(ret->name, sizeof ret->name, TMP_PARTIAL_PREFIX "%s-%s", boot, name);
	return 0;
}

bool partial_exists(const Store *s, const char *name)
{
	_cleanup_partial_ Partial p = PARTIAL_INIT;

	return find_place(s, name, &p, NULL) == 0 && faccessat(p.dir_fd, p.name, F_OK, 0) == 0;
}

int partial_open(const Store *s, const char *name, Partial *ret, Error *err)
{
	_cleanup_partial_ Partial p = PARTIAL_INIT;
	int r = find_place(s, name, &p, err);

	if (r == 0)
		r = open_locked(&p, err);
	if (r < 0)
		return r;
	*ret = p;
	p = (Partial)PARTIAL_INIT;
	return 0;
}

int partial_append(Partial *p, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = pwrite(p->fd, at, len, (off_t)p->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p->len += (uint64_t)n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

int partial_truncate(Partial *p)
{
	p->len = 0;
	return ftruncate(p->fd, 0) < 0 ? -errno : 0;
}

static void let_go(Partial *p)
{
	p->fd = fd_close(p->fd);
	p->dir_fd = fd_close(p->dir_fd);
}

void partial_remove(Partial *p)
{
	/* While the lock is held, so that nobody takes it up in between. */
	if (p->fd >= 0)
		(void)unlinkat(p->dir_fd, p->name, 0);
	let_go(p);
}

void partial_done(Partial *p)
{
	if (p->fd >= 0 && p->len == 0)
		(void)unlinkat(p->dir_fd, p->name, 0);
	let_go(p);
}
