/* SPDX-License-Identifier: Apache-2.0 */
#include "store/skeleton.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/fd.h"
#include "base/path.h"
#include "store/tmp.h"

static const struct {
	const char *name;
	mode_t mode;
} directories[] = {
	{"dev", 0755}, {"etc", 0755}, {"proc", 0755}, {"run", 0755}, {"sys", 0755}, {"tmp", 01777}};
/* Mounted over in each pod. */
static const char *const files[] = {"etc/hostname", "etc/hosts", "etc/resolv.conf"};

/* Whatever the umask is, and the group that the store's directories pass on. */
static int make(int fd)
{
	if (fchmod(fd, 0755) < 0 || fchown(fd, (uid_t)-1, getegid()) < 0)
		return -errno;
	for (size_t i = 0; i < ARRAY_LEN(directories); i++)
		if (mkdirat(fd, directories[i].name, 0700) < 0 ||
			fchmodat(fd, directories[i].name, directories[i].mode, 0) < 0)
			return -errno;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		int r = fd_write_file(fd, files[i], 0644, "", 0, NULL);

		if (r < 0)
			return r;
		if (fchmodat(fd, files[i], 0644, 0) < 0)
			return -errno;
	}
	if (symlinkat("../proc/self/mounts", fd, "etc/mtab") < 0)
		return -errno;
	return 0;
}

static int sync_one(int dirfd, const char *path)
{
	_cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* Not the whole filesystem: it may have much to write of what others have left. */
static int sync_all(int fd)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(files) && r == 0; i++)
		r = sync_one(fd, files[i]);
	for (size_t i = 0; i < ARRAY_LEN(directories) && r == 0; i++)
		r = sync_one(fd, directories[i].name);
	return r < 0 ? r : sync_one(fd, ".");
}

int store_ensure_skeleton(const Store *s, Error *err)
{
	_cleanup_tmp_dir_ TmpDir tmp = TMP_DIR_INIT;
	int r;

	if (faccessat(s->cas_fd, "skeleton", F_OK, 0) == 0)
		return 0;
	r = tmp_dir_make(s, &tmp, err);
	if (r < 0)
		return r;
	r = make(tmp.fd);
	if (r == 0)
		r = sync_all(tmp.fd);
	if (r == 0)
		r = path_rename_new(tmp.parent_fd, tmp.name, s->cas_fd, "skeleton");
	if (r == 0)
		tmp_dir_moved(&tmp);
	/* Somebody else was faster. */
	if (r < 0 && r != -EEXIST)
		return fail_errno(err, r, "create %s/skeleton", s->path);
	return 0;
}
