/* SPDX-License-Identifier: Apache-2.0 */
#include "store/standing.h"

#include <fcntl.h>
#include <stdio.h>
#include "base/fd.h"

#define VERSION "version=1\n"

/* As long as the ID of a boot: a mark is written over the other in place, so that it takes no new
 * file and what a crash leaves of it is neither. What was refused has the beginning of its boot's
 * ID overwritten. */
static const char on_disk_id[] = "00000000-0000-0000-0000-000000000000";
static const char refused[] = "ffffffff-";
#define REFUSED_LEN (sizeof refused - 1)

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
	if (!id || strncmp(id, on_disk_id, BOOT_ID_LEN) == 0) {
		*ret = id || *text ? STANDING_ON_DISK : STANDING_LOST;
		return 0;
	}
	r = boot_id_read(boot, err);
	if (r < 0)
		return r;
	if (strncmp(id, boot, BOOT_ID_LEN) == 0)
		*ret = STANDING_THIS_BOOT;
	else if (startswith(id, refused) &&
		 strncmp(id + REFUSED_LEN, boot + REFUSED_LEN, BOOT_ID_LEN - REFUSED_LEN) == 0)
		*ret = STANDING_REFUSED;
	else
		*ret = STANDING_LOST;
	return 0;
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

bool standing_is_visible(Standing standing)
{
	return standing == STANDING_ON_DISK || standing == STANDING_THIS_BOOT;
}

int standing_mark(int fd, bool on_disk)
{
	char id[BOOT_ID_LEN + 1];
	ssize_t n;
	int r = on_disk ? 0 : boot_id_read(id, NULL);

	if (r < 0)
		return r;
	if (on_disk)
		memcpy(id, on_disk_id, sizeof id);
	else
		memcpy(id, refused, REFUSED_LEN);
	n = pwrite(fd, id, BOOT_ID_LEN, sizeof VERSION STANDING_KEY - 1);
	if (n != BOOT_ID_LEN)
		return n < 0 ? -errno : -EIO;
	return fdatasync(fd) < 0 ? -errno : 0;
}
