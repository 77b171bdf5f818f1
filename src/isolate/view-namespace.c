/* SPDX-License-Identifier: Apache-2.0 */
#include "isolate/view-namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <sched.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "isolate/mount-place.h"
#include "isolate/mount.h"

static bool is_on(int fd, unsigned magic)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (unsigned)fs.f_type == magic;
}

int view_namespace_open(int dirfd, const char *path)
{
	_cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return is_on(fd, NSFS_MAGIC) ? TAKE_FD(fd) : -ENOENT;
}

/* The root of what is mounted at name below the working directory. */
static int look(const char *name)
{
	_cleanup_close_ int fd = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return is_on(fd, EROFS_SUPER_MAGIC_V1) ? TAKE_FD(fd) : -ENOENT;
}

/* A copy of what is mounted there. */
static int copy(const char *name)
{
	_cleanup_close_ int fd = mount_clone(AT_FDCWD, name, false);

	if (fd < 0)
		return fd;
	return is_on(fd, EROFS_SUPER_MAGIC_V1) ? TAKE_FD(fd) : -ENOENT;
}

/* The same, of a new mount that goes there. */
static int put(const char *name, int mount)
{
	_cleanup_close_ int target = -1;
	int r;

	if (mkdir(name, 0700) < 0 && errno != EEXIST)
		return -errno;
	target = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (target < 0)
		return -errno;
	r = mount_attach(mount, target);
	return r < 0 ? r : copy(name);
}

/* Goes to the namespace, gets what is there, and comes back. mount: what goes there if there is
 * nothing; -1: nothing. */
static int visit(int namespace, const char *name, int (*get)(const char *name), int mount)
{
	MountPlace here = MOUNT_PLACE_INIT;
	int fd, r = mount_place_note(&here);

	if (r < 0)
		return r;
	fd = setns(namespace, CLONE_NEWNS) < 0 ? -errno : get(name);
	if (fd == -ENOENT && mount >= 0)
		fd = put(name, mount);
	r = mount_place_return(&here);
	mount_place_done(&here);
	if (r < 0 && fd >= 0)
		(void)fd_close(fd);
	return r < 0 ? r : fd;
}

/* What the view is called there: the layer's name, and the number of the index's inode, which no
 * other file gets as long as it is mounted. A layer that was made anew, since it was damaged, is
 * another one. */
static int view_name(int dir, const char *layer, char ret[static NAME_MAX + 1])
{
	size_t len = strlen(layer);
	struct stat st;

	if (fstatat(dir, "index", &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (len > NAME_MAX - 1 - 2 * sizeof st.st_ino)
		return -ENAMETOOLONG;
	memcpy(ret, layer, len);
	ret[len++] = VIEW_NAME_SEPARATOR;
	for (ino_t ino = st.st_ino; ino > 0; ino >>= 4)
		ret[len++] = "0123456789abcdef"[ino & 15];
	ret[len] = '\0';
	return 0;
}

int view_namespace_look(int namespace, int dir, const char *layer)
{
	char name[NAME_MAX + 1];
	int r = view_name(dir, layer, name);

	return r < 0 ? r : visit(namespace, name, look, -1);
}

int view_namespace_take(int namespace, const char *path)
{
	_cleanup_close_ int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC), mount = -1;
	const char *slash = strrchr(path, '/');
	char name[NAME_MAX + 1];
	int r = dir < 0 ? -errno : view_name(dir, slash ? slash + 1 : path, name), fd;

	if (r < 0)
		return r;
	fd = namespace < 0 ? -ENOENT : visit(namespace, name, copy, -1);
	if (fd >= 0)
		return fd;
	mount = mount_create_view(path);
	if (mount < 0 || namespace < 0)
		return TAKE_FD(mount);
	/* Whoever comes second takes what the first has mounted. */
	(void)flock(namespace, LOCK_EX);
	fd = visit(namespace, name, copy, mount);
	(void)flock(namespace, LOCK_UN);
	return fd < 0 ? TAKE_FD(mount) : fd;
}

int view_namespace_mount(int namespace, const char *path)
{
	_cleanup_close_ int fd = view_namespace_take(namespace, path);

	return fd < 0 ? fd : mount_attach_view(fd, path);
}
