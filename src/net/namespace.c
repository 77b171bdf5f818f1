/* SPDX-License-Identifier: Apache-2.0 */
#include "net/namespace.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/statfs.h>
#include "base/directory.h"
#include "base/fd.h"
#include "net/link.h"

#define OWN      "/proc/self/ns/net"
#define LOOPBACK 1 /* the index of lo, in every namespace */

/* Goes back into the namespace that the caller has come from. A process that cannot is of no use to
 * anybody. */
static int go_back(int home)
{
	return setns(home, CLONE_NEWNET) < 0 ? -errno : 0;
}

int namespace_open_routing(int fd)
{
	_cleanup_close_ int home = open(OWN, O_RDONLY | O_CLOEXEC), routing = -1;
	int r;

	if (home < 0)
		return -errno;
	if (setns(fd, CLONE_NEWNET) < 0)
		return -errno;
	routing = netlink_open(NETLINK_ROUTE);
	r = go_back(home);
	return r < 0 ? r : TAKE_FD(routing);
}

int namespace_run(int fd, int (*run)(void *userdata, Error *err), void *userdata, Error *err)
{
	_cleanup_close_ int home = open(OWN, O_RDONLY | O_CLOEXEC);
	int r, back;

	if (home < 0 || setns(fd, CLONE_NEWNET) < 0)
		return fail_errno(err, -errno, "enter a network namespace");
	r = run(userdata, err);
	back = go_back(home);
	return back < 0 ? fail_errno(err, back, "leave a network namespace") : r;
}

static int raise_loopback(void)
{
	_cleanup_close_ int fd = netlink_open(NETLINK_ROUTE);
	NetlinkBatch b;

	netlink_begin(&b);
	if (fd < 0)
		return fd;
	link_set_up(&b, LOOPBACK);
	return netlink_run(fd, &b);
}

int namespace_create(Error *err)
{
	_cleanup_close_ int home = open(OWN, O_RDONLY | O_CLOEXEC), fd = -1;
	int r, back;

	if (home < 0 || unshare(CLONE_NEWNET) < 0)
		return fail_errno(err, -errno, "make a network namespace");
	r = raise_loopback();
	if (r == 0) {
		fd = open(OWN, O_RDONLY | O_CLOEXEC);
		r = fd < 0 ? -errno : 0;
	}
	back = go_back(home);
	if (r == 0)
		r = back;
	return r < 0 ? fail_errno(err, r, "make a network namespace") : TAKE_FD(fd);
}

/* A mount of its own that passes on what happens in it: every mount namespace of the host is to see
 * the names. */
static int make_directory(void)
{
	int r = path_mkdir_parents(AT_FDCWD, NAMESPACE_DIRECTORY, 0755);

	if (r < 0)
		return r;
	if (mount("", NAMESPACE_DIRECTORY, NULL, MS_SHARED | MS_REC, NULL) == 0)
		return 0;
	if (errno != EINVAL)
		return -errno;
	if (mount(NAMESPACE_DIRECTORY, NAMESPACE_DIRECTORY, NULL, MS_BIND | MS_REC, NULL) < 0 ||
		mount("", NAMESPACE_DIRECTORY, NULL, MS_SHARED | MS_REC, NULL) < 0)
		return -errno;
	return 0;
}

static int touch(const char *path)
{
	_cleanup_close_ int fd =
		open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0444);

	return fd < 0 ? -errno : 0;
}

int namespace_keep(int fd, const char *path, Error *err)
{
	char source[64];
	int r = make_directory();

	(void)snprintf(source, sizeof source, "/proc/self/fd/%d", fd);
	if (r == 0)
		r = touch(path);
	if (r == 0 && mount(source, path, NULL, MS_BIND, NULL) < 0)
		r = -errno;
	return r < 0 ? fail_errno(err, r, "keep the network namespace as %s", path) : 0;
}

int namespace_open(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return -errno;
	return fs.f_type == NSFS_MAGIC ? TAKE_FD(fd) : -ENOENT;
}

int namespace_drop(const char *path, Error *err)
{
	if (umount2(path, MNT_DETACH) < 0 && errno != ENOENT && errno != EINVAL)
		return fail_errno(err, -errno, "unmount %s", path);
	if (unlink(path) < 0 && errno != ENOENT)
		return fail_errno(err, -errno, "remove %s", path);
	return 0;
}
