/* SPDX-License-Identifier: Apache-2.0 */
#include "store/standing.h"

#include <fcntl.h>
#include <stdio.h>
#include "base/fd.h"

#define VERSION "version=1\n"

/* As long as the ID of a boot, and never one: a mark is written over the other in place, so that
 * it takes no new file and what a crash leaves of it is neither. */
static const char on_disk_id[] = "00000000-0000-0000-0000-000000000000";
static const char lost_id[] = "ffffffff-ffff-ffff-ffff-ffffffffffff";

int standing_format(bool on_disk, char ret[static STANDING_HEAD + 1], Error *err)
{
	char boot[BOOT_ID_LEN + 1];
	int r = on_disk ? 0 : boot_id_read(boot, err);

	if (r == 0)
		(void)snprintf(ret, STANDING_HEAD + 1, VERSION STANDING_KEY "%s\n",
			on_disk ? on_disk_id : boot);
	return r;
}

int standing_of(const char *text, Standing *ret, Error *err)
{
	const char *rest = startswith(text, VERSION), *id;
	char boot[BOOT_ID_LEN + 1];
	int r;

	id = rest ? startswith(rest, STANDING_KEY) : NULL;
	*ret = id || !*text ? STANDING_LOST : STANDING_ON_DISK;
	if (!id || strncmp(id, lost_id, BOOT_ID_LEN) == 0)
		return 0;
	if (strncmp(id, on_disk_id, BOOT_ID_LEN) == 0) {
		*ret = STANDING_ON_DISK;
		return 0;
	}
	r = boot_id_read(boot, err);
	if (r == 0 && strncmp(id, boot, BOOT_ID_LEN) == 0)
		*ret = STANDING_THIS_BOOT;
	return r;
}

const char *standing_skip(const char *text)
{
	const char *rest = startswith(text, VERSION);

	if (!rest || !startswith(rest, STANDING_KEY))
		return rest;
	return strnlen(text, STANDING_HEAD) == STANDING_HEAD ? text + STANDING_HEAD : NULL;
}

int standing_open(int dirfd, const char *path, int *ret_fd, Standing *ret, Error *err)
{
	_cleanup_close_ int fd = openat(dirfd, path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	char text[STANDING_HEAD + 1];
	ssize_t n;
	int r;

	if (fd < 0 && errno != ENOENT)
		return fail_errno(err, -errno, "open %s", path);
	n = fd < 0 ? 0 : pread(fd, text, STANDING_HEAD, 0);
	if (n < 0)
		return fail_errno(err, -errno, "read %s", path);
	text[n] = '\0';
	r = standing_of(text, ret, err);
	if (r == 0)
		*ret_fd = TAKE_FD(fd);
	return r;
}

int standing_mark(int fd, Standing standing)
{
	const char *id = standing == STANDING_ON_DISK ? on_disk_id : lost_id;

	if (pwrite(fd, id, BOOT_ID_LEN, sizeof VERSION STANDING_KEY - 1) != BOOT_ID_LEN)
		return errno ? -errno : -EIO;
	return fdatasync(fd) < 0 ? -errno : 0;
}
