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

typedef int Get(const char *name);

/* The descriptor for one request, in the namespace. mount: what goes there if there is nothing; -1:
 * nothing. */
static int serve(const ViewRequest *request, Get *get, int mount)
{
	char name[NAME_MAX + 1];
	int r = view_name(request->dir, request->layer, name);

	if (r == 0)
		r = get(name);
	return r == -ENOENT && mount >= 0 ? put(name, mount) : r;
}

/* Goes to the namespace and comes back. 0, or what is the same for all requests. */
static int visit(int namespace, Get *get, ViewRequest *requests, size_t n, int mount)
{
	MountPlace here = MOUNT_PLACE_INIT;
	int r = mount_place_note(&here), back;

	for (size_t i = 0; i < n; i++)
		requests[i].fd = -ENOENT;
	if (r < 0)
		return r;
	if (setns(namespace, CLONE_NEWNS) < 0)
		r = -errno;
	for (size_t i = 0; i < n && r == 0; i++)
		requests[i].fd = serve(&requests[i], get, mount);
	back = mount_place_return(&here);
	mount_place_done(&here);
	return back < 0 ? back : r;
}

int view_namespace_look(int namespace, ViewRequest *requests, size_t n)
{
	return visit(namespace, look, requests, n, -1);
}

/* A mount of a view that the namespace did not have, which goes there too if there is one. Returns
 * its descriptor. */
static int make(int namespace, const char *path, ViewRequest *request)
{
	_cleanup_close_ int mount = mount_create_view(path);

	if (mount < 0 || namespace < 0)
		return TAKE_FD(mount);
	/* Whoever comes second takes what the first has mounted. */
	(void)flock(namespace, LOCK_EX);
	(void)visit(namespace, copy, request, 1, mount);
	(void)flock(namespace, LOCK_UN);
	return request->fd < 0 ? TAKE_FD(mount) : request->fd;
}

static int mount_there(int namespace, const char *path, ViewRequest *request)
{
	_cleanup_close_ int fd = request->fd;

	if (fd < 0)
		fd = make(namespace, path, request);
	return fd < 0 ? fd : mount_attach_view(fd, path);
}

/* The layer whose directory is at path. */
static int ask_for(const char *path, ViewRequest *ret)
{
	const char *slash = strrchr(path, '/');

	ret->layer = slash ? slash + 1 : path;
	ret->fd = -ENOENT;
	ret->dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return ret->dir < 0 ? -errno : 0;
}

int view_namespace_mount(int namespace, const char *const *paths, size_t n)
{
	ViewRequest requests[VIEWS_AT_ONCE];
	size_t asked = 0;
	int r = 0;

	for (; asked < n && r == 0; asked++)
		r = ask_for(paths[asked], &requests[asked]);
	if (r == 0 && namespace >= 0)
		(void)visit(namespace, copy, requests, n, -1);
	for (size_t i = 0; i < asked; i++) {
		if (r == 0)
			r = mount_there(namespace, paths[i], &requests[i]);
		else
			(void)fd_close(requests[i].fd);
		(void)fd_close(requests[i].dir);
	}
	return r;
}
