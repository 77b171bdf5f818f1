/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tree-copy.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include "base/fd.h"
#include "store/file-content.h"

/* Of directories within each other: each takes descriptors while what is in it is copied. */
#define DEPTH_MAX 200

typedef struct Walk {
	const TreeCopy *copy;
	FileContent content;
	unsigned depth;
	size_t len;
	char path[PATH_MAX]; /* of what is copied, for those who read of it */
} Walk;

/* Appends a name, whatever bytes it has, and returns how long the path was. */
static size_t go_to(Walk *w, const char *name)
{
	size_t before = w->len;

	if (w->len > 0 && w->len + 2 < sizeof w->path)
		w->path[w->len++] = '/';
	for (; *name && w->len + 1 < sizeof w->path; name++)
		w->path[w->len++] = (unsigned char)*name < ' ' || *name == '\x7f' ? '?' : *name;
	w->path[w->len] = '\0';
	return before;
}

static void go_back(Walk *w, size_t len)
{
	w->len = len;
	w->path[len] = '\0';
}

static int failed(const Walk *w, int r, const char *doing, Error *err)
{
	return fail_errno(err, r, "%s %s", doing, w->len > 0 ? w->path : ".");
}

static uint32_t map_id(const Walk *w, uint32_t id)
{
	const TreeIds *from = &w->copy->from_ids, *to = &w->copy->to_ids;

	if (id - from->first < from->n)
		id -= from->first;
	if (to->n == 0)
		return id;
	/* Who is nobody there is its root. */
	return to->first + (id < to->n ? id : 0);
}

static mode_t map_mode(const Walk *w, mode_t mode)
{
	return mode & (w->copy->harmless ? 01777 : 07777);
}

/* The kernel makes up what is in these while they are read, and may wait with that for ever. */
static bool is_kernels(int fd)
{
	static const unsigned long kernels[] = {PROC_SUPER_MAGIC, SYSFS_MAGIC, CGROUP_SUPER_MAGIC,
		CGROUP2_SUPER_MAGIC, DEVPTS_SUPER_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,
		SECURITYFS_MAGIC, BPF_FS_MAGIC, EFIVARFS_MAGIC, PSTOREFS_MAGIC, NSFS_MAGIC,
		BINFMTFS_MAGIC, SELINUX_MAGIC, SMACK_MAGIC, 0x19800202 /* mqueue */,
		0x62656570 /* configfs */, 0x65735543 /* the control files of fuse */};
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(kernels); i++)
		if ((unsigned long)fs.f_type == kernels[i])
			return true;
	return false;
}

/* Opens what fd, of O_PATH, is, which cannot have become anything else. */
static int open_for_reading(int fd, int flags)
{
	char path[32];
	int r;

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	r = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);
	return r < 0 ? -errno : r;
}

/* Takes away what is in the way of something that is no directory. */
static int make_room(const Walk *w, int to, const char *as, Error *err)
{
	struct stat st;

	if (fstatat(to, as, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
		return failed(w, -EISDIR, "replace a directory by", err);
	return unlinkat(to, as, 0) < 0 && errno != ENOENT ? failed(w, -errno, "replace", err) : 0;
}

static int set_owner(const Walk *w, int fd, const struct stat *st, Error *err)
{
	if (fchownat(fd, "", map_id(w, st->st_uid), map_id(w, st->st_gid),
		    AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0)
		return failed(w, -errno, "set the owner of", err);
	return 0;
}

static int set_attributes(const Walk *w, int fd, const struct stat *st, Error *err)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, st->st_mtim};
	int r = set_owner(w, fd, st, err);

	if (r < 0)
		return r;
	if (fchmod(fd, map_mode(w, st->st_mode)) < 0)
		return failed(w, -errno, "set the mode of", err);
	return futimens(fd, times) < 0 ? failed(w, -errno, "set the time of", err) : 0;
}

/* A file that nobody else can have opened before. */
static int create_file(const Walk *w, int to, const char *as, Error *err)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC;
	int fd = openat(to, as, flags, 0600), r;

	if (fd < 0 && errno == EEXIST) {
		r = make_room(w, to, as, err);
		if (r < 0)
			return r;
		fd = openat(to, as, flags, 0600);
	}
	return fd < 0 ? failed(w, -errno, "create", err) : fd;
}

static int copy_file(Walk *w, int file, int to, const char *as, Error *err)
{
	_cleanup_close_ int in = open_for_reading(file, 0), out = -1;
	struct stat st;
	int r;

	if (in < 0 || fstat(in, &st) < 0)
		return failed(w, in < 0 ? in : -errno, "open", err);
	out = create_file(w, to, as, err);
	if (out < 0)
		return out;
	r = file_content_copy(&w->content, in, out, &st, err);
	return r < 0 ? wrap(err, r, "%s", w->path) : set_attributes(w, out, &st, err);
}

static int copy_link(
	const Walk *w, int link, const struct stat *st, int to, const char *as, Error *err)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, st->st_mtim};
	_cleanup_close_ int made = -1;
	char target[PATH_MAX];
	ssize_t n = readlinkat(link, "", target, sizeof target);
	struct stat now;
	int r;

	if (n < 0 || n == sizeof target)
		return failed(w, n < 0 ? -errno : -ENAMETOOLONG, "read the link", err);
	target[n] = '\0';
	r = make_room(w, to, as, err);
	if (r < 0)
		return r;
	if (symlinkat(target, to, as) < 0)
		return failed(w, -errno, "create", err);
	made = openat(to, as, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	/* What has taken its place meanwhile is not ours to give away. */
	if (made < 0 || fstat(made, &now) < 0 || !S_ISLNK(now.st_mode))
		return failed(w, -EBUSY, "open again", err);
	r = set_owner(w, made, st, err);
	if (r == 0 && utimensat(made, "", times, AT_EMPTY_PATH) < 0)
		r = failed(w, -errno, "set the time of", err);
	return r;
}

/* The directory that is filled: a new one, or what is there. */
static int make_directory(const Walk *w, int to, const char *as, bool *ret_new, Error *err)
{
	int fd;

	*ret_new = mkdirat(to, as, 0700) == 0;
	if (!*ret_new && errno != EEXIST)
		return failed(w, -errno, "create", err);
	fd = openat(to, as, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return failed(w, errno == ELOOP ? -ENOTDIR : -errno, "fill the directory", err);
	return fd;
}

static int copy_any(Walk *w, int from, const char *name, int to, const char *as, Error *err);

static int copy_members(Walk *w, int from, int to, Error *err)
{
	_cleanup_closedir_ DIR *dir = fd_opendir(from);
	const struct dirent *entry;
	int r = 0;

	if (!dir)
		return failed(w, -errno, "open", err);
	while (r == 0 && (errno = 0, entry = readdir(dir)))
		if (!streq(entry->d_name, ".") && !streq(entry->d_name, "..")) {
			size_t before = go_to(w, entry->d_name);

			r = copy_any(w, from, entry->d_name, to, entry->d_name, err);
			go_back(w, before);
		}
	return r == 0 && errno ? failed(w, -errno, "read", err) : r;
}

static int copy_directory(Walk *w, int directory, int to, const char *as, Error *err)
{
	_cleanup_close_ int in = -1, out = -1;
	bool is_new, kernels = is_kernels(directory);
	struct stat st;
	int r = 0;

	if (w->depth == DEPTH_MAX)
		return fail(err, -ELOOP, "more than %d directories within each other: %.100s...",
			DEPTH_MAX, w->path);
	in = open_for_reading(directory, O_DIRECTORY);
	if (in < 0 || fstat(in, &st) < 0)
		return failed(w, in < 0 ? in : -errno, "open", err);
	out = make_directory(w, to, as, &is_new, err);
	if (out < 0)
		return out;
	w->depth++;
	if (kernels)
		w->copy->passed_over(w->path, "a filesystem of the kernel's");
	else
		r = copy_members(w, in, out, err);
	w->depth--;
	return r == 0 && is_new ? set_attributes(w, out, &st, err) : r;
}

static const char *why_not(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFCHR:
	case S_IFBLK: return "a device";
	case S_IFIFO: return "a fifo";
	case S_IFSOCK: return "a socket";
	default: return "of an unknown kind";
	}
}

static int copy_any(Walk *w, int from, const char *name, int to, const char *as, Error *err)
{
	_cleanup_close_ int fd = openat(from, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	/* Gone since its name was read. */
	if (fd < 0 && errno == ENOENT && w->depth > 0)
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0)
		return failed(w, -errno, "open", err);
	if (S_ISDIR(st.st_mode))
		return copy_directory(w, fd, to, as, err);
	if (S_ISLNK(st.st_mode))
		return copy_link(w, fd, &st, to, as, err);
	if (S_ISREG(st.st_mode) && !is_kernels(fd))
		return copy_file(w, fd, to, as, err);
	w->copy->passed_over(
		w->path, S_ISREG(st.st_mode) ? "a file of the kernel's" : why_not(st.st_mode));
	return w->depth == 0 ? 1 : 0;
}

int tree_copy(const TreeCopy *copy, Error *err)
{
	Walk w = {.copy = copy};
	int r;

	if (copy->name)
		(void)go_to(&w, copy->name);
	w.depth = copy->name ? 0 : 1;
	r = copy->name ? copy_any(&w, copy->from, copy->name, copy->to, copy->as, err)
		       : copy_members(&w, copy->from, copy->to, err);
	file_content_done(&w.content);
	return r;
}
