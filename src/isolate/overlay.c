/* SPDX-License-Identifier: Apache-2.0 */
#include "isolate/overlay.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include "base/fd.h"

#define FILESYSTEMS     "/proc/filesystems"
#define FILESYSTEMS_MAX (1u << 16)

/* Numbers that <linux/magic.h> does not have. */
#define AUFS_MAGIC 0x61756673
#define ZFS_MAGIC  0x2FC12FC1

static int is_listed(bool *ret, Error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = fd_read_file(AT_FDCWD, FILESYSTEMS, FILESYSTEMS_MAX, &text, NULL, err);

	if (r == 0)
		*ret = strstr(text, "\toverlay\n") != NULL;
	return r;
}

static int check_kernel(Error *err)
{
	bool listed = false;
	int r = is_listed(&listed, err), fd;

	if (r < 0 || listed)
		return r;
	/* Asking for it makes the kernel look for its module. */
	fd = (int)syscall(SYS_fsopen, "overlay", 1u /* FSOPEN_CLOEXEC */);
	(void)fd_close(fd);
	r = is_listed(&listed, err);
	if (r < 0 || listed)
		return r;
	return fail(err, -EOPNOTSUPP, "overlay is not listed in " FILESYSTEMS);
}

/* Whether the entries of a directory tell their type: overlayfs merges nothing without. "." tells
 * it where others do. */
static int check_types(const char *data_dir, Error *err)
{
	_cleanup_closedir_ DIR *dir = opendir(data_dir);
	const struct dirent *entry;

	if (!dir)
		return fail_errno(err, -errno, "open %s", data_dir);
	entry = readdir(dir);
	if (!entry || entry->d_type != DT_UNKNOWN)
		return 0;
	return fail(err, -EOPNOTSUPP, "the filesystem of %s does not support d_type", data_dir);
}

int overlay_check(const char *data_dir, Error *err)
{
	static const struct {
		long magic;
		const char *name;
	} unfit[] = {
		{AUFS_MAGIC, "AUFS"},
		{ZFS_MAGIC, "ZFS"},
		{OVERLAYFS_SUPER_MAGIC, "an overlay"},
	};
	struct statfs fs;
	int r = check_kernel(err);

	if (r < 0)
		return r;
	if (statfs(data_dir, &fs) < 0)
		return fail_errno(err, -errno, "stat the filesystem of %s", data_dir);
	for (size_t i = 0; i < ARRAY_LEN(unfit); i++)
		if ((long)fs.f_type == unfit[i].magic)
			return fail(err, -EOPNOTSUPP, "%s is on %s", data_dir, unfit[i].name);
	/* These always have types. */
	if (fs.f_type == EXT4_SUPER_MAGIC || fs.f_type == BTRFS_SUPER_MAGIC ||
		fs.f_type == TMPFS_MAGIC)
		return 0;
	return check_types(data_dir, err);
}
