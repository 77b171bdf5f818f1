/* SPDX-License-Identifier: Apache-2.0 */
#include "isolate/mount.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "base/cleanup.h"
#include "isolate/mount-legacy.h"

/* Longer values of options the kernel does not take. */
#define VIEW_PATH_MAX 256

#define DETACH 2 /* MNT_DETACH, whose header does not go with linux/mount.h */

static int fs_open(const char *fstype)
{
	int fd = (int)syscall(SYS_fsopen, fstype, FSOPEN_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int fs_set(int fs, const char *key, const char *value)
{
	unsigned cmd = value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG;

	return syscall(SYS_fsconfig, fs, cmd, key, value, 0) < 0 ? -errno : 0;
}

static int fs_mount(int fs, uint64_t attrs)
{
	int fd;

	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, (unsigned)attrs);
	return fd < 0 ? -errno : fd;
}

/* "key=value" or "key". */
static int fs_set_option(int fs, const char *option)
{
	const char *eq = strchr(option, '=');
	char key[32];

	if (!eq)
		return fs_set(fs, option, NULL);
	if ((size_t)(eq - option) >= sizeof key)
		return -EINVAL;
	memcpy(key, option, (size_t)(eq - option));
	key[eq - option] = '\0';
	return fs_set(fs, key, eq + 1);
}

int mount_create(const char *fstype, const char *options, uint32_t len, uint64_t attrs)
{
	_cleanup_close_ int fs = fs_open(fstype);
	int r;

	if (fs < 0)
		return fs;
	/* What mount(8) shows as the device. */
	r = fs_set(fs, "source", fstype);
	if (r < 0)
		return r;
	for (const char *o = options; o < options + len; o += strlen(o) + 1) {
		r = fs_set_option(fs, o);
		if (r < 0)
			return r;
	}
	return fs_mount(fs, attrs);
}

static int overlay_configure(int fs, const char *lowers, uint32_t len, const char *upper,
	const char *work, bool is_volatile)
{
	int r = fs_set(fs, "source", "overlay");

	for (const char *l = lowers; r == 0 && l < lowers + len; l += strlen(l) + 1)
		r = fs_set(fs, "lowerdir+", l);
	if (r == 0 && upper[0])
		r = fs_set(fs, "upperdir", upper);
	if (r == 0 && upper[0])
		r = fs_set(fs, "workdir", work);
	if (r == 0 && upper[0] && is_volatile)
		r = fs_set(fs, "volatile", NULL);
	return r;
}

int mount_create_overlay(
	const char *lowers, uint32_t len, const char *upper, const char *work, bool is_volatile)
{
	_cleanup_close_ int fs = fs_open("overlay");
	int r;

	if (fs < 0)
		return fs;
	r = overlay_configure(fs, lowers, len, upper, work, is_volatile);
	if (r == 0)
		r = fs_mount(fs, 0);
	/* "lowerdir+" came with Linux 6.8. Kernels before 6.5 take any word for an option and
	 * refuse the mount. */
	if (r == -EINVAL)
		return mount_legacy_overlay(lowers, len, upper, work, is_volatile);
	return r;
}

static const char *put_member(const char *layer, const char *member, char buf[static VIEW_PATH_MAX])
{
	size_t len = strlen(layer), more = strlen(member) + 1;

	if (len + more > VIEW_PATH_MAX)
		return NULL;
	memcpy(buf, layer, len);
	memcpy(buf + len, member, more);
	return buf;
}

bool mount_has_view(const char *layer)
{
	char index[VIEW_PATH_MAX];

	return put_member(layer, "/index", index) &&
	       faccessat(AT_FDCWD, index, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

bool mount_release_knows_views(const char *release)
{
	static const unsigned first[] = {6, 12, 2};

	for (size_t i = 0; i < ARRAY_LEN(first); i++) {
		char *end;
		unsigned long n = strtoul(release, &end, 10);

		if (n != first[i])
			return n > first[i];
		release = end + (*end == '.');
	}
	return true;
}

bool mount_knows_views(void)
{
	struct utsname host;

	return uname(&host) == 0 && mount_release_knows_views(host.release);
}

int mount_create_view(const char *layer)
{
	_cleanup_close_ int fs = mount_knows_views() ? fs_open("erofs") : -EOPNOTSUPP;
	char index[VIEW_PATH_MAX], tar[VIEW_PATH_MAX];
	int r;

	if (fs < 0)
		return fs;
	if (!put_member(layer, "/index", index) || !put_member(layer, "/tar", tar))
		return -ENAMETOOLONG;
	r = fs_set(fs, "source", index);
	if (r == 0)
		r = fs_set(fs, "device", tar);
	if (r == 0)
		r = fs_set(fs, "ro", NULL);
	return r < 0 ? r : fs_mount(fs, MOUNT_ATTR_RDONLY);
}

int mount_attach_view(int fd, const char *layer)
{
	char rootfs[VIEW_PATH_MAX];
	_cleanup_close_ int target = -1;

	if (!put_member(layer, "/rootfs", rootfs))
		return -ENAMETOOLONG;
	target = open(rootfs, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return target < 0 ? -errno : mount_attach(fd, target);
}

int mount_clone(int dirfd, const char *path, bool recursive)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;
	int fd;

	if (recursive)
		flags |= AT_RECURSIVE;
	fd = (int)syscall(SYS_open_tree, dirfd, path, flags);
	return fd < 0 ? -errno : fd;
}

int mount_set_attrs(int fd, uint64_t attrs, bool recursive)
{
	struct mount_attr attr = {.attr_set = attrs};
	unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

	return syscall(SYS_mount_setattr, fd, "", flags, &attr, sizeof attr) < 0 ? -errno : 0;
}

int mount_set_idmap(int fd, int user_namespace)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)user_namespace};

	return syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0 ? -errno
											 : 0;
}

int mount_make_slave(void)
{
	struct mount_attr attr = {.propagation = 1u << 19 /* MS_SLAVE */};

	if (syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &attr, sizeof attr) < 0)
		return -errno;
	return 0;
}

int mount_attach(int fd, int target_fd)
{
	unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;

	return syscall(SYS_move_mount, fd, "", target_fd, "", flags) < 0 ? -errno : 0;
}

int mount_pivot(int root_fd)
{
	/* The new root is put over the old one, then the old one below it is detached, so that no
	 * directory is needed to put the old root in. */
	if (fchdir(root_fd) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
		syscall(SYS_umount2, ".", DETACH) < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}
