/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tree-walk.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/vfs.h>
#include "base/fd.h"
#include "store/hard-links.h"
#include "store/tar-name.h"

#define LINKS_MAX (64u << 20) /* bytes for what is known of files with several names */
#define LINK_COST 128         /* beside the path */

typedef struct Walk {
	const TreeWalk *walk;
	unsigned depth;
	HardLinks links;
	size_t links_used;
	size_t len;
	char path[(TREE_DEPTH_MAX + 2) * (NAME_MAX + 1)];
} Walk;

int tree_walk_failed(const TreeItem *item, int r, const char *doing, Error *err)
{
	char shown[ERROR_TEXT];

	return fail_errno(err, r, "%s %s", doing,
		tar_name_show(*item->path ? item->path : ".", shown, sizeof shown));
}

int tree_walk_wrap(const TreeItem *item, int r, Error *err)
{
	char shown[ERROR_TEXT];

	return wrap(err, r, "%s", tar_name_show(item->path, shown, sizeof shown));
}

static TreeItem item_of(const Walk *w, int fd)
{
	const char *slash = strrchr(w->path, '/');

	return (TreeItem){.path = w->path, .name = slash ? slash + 1 : w->path, .fd = fd};
}

static int failed(const Walk *w, int r, const char *doing, Error *err)
{
	const TreeItem item = item_of(w, -1);

	return tree_walk_failed(&item, r, doing, err);
}

static void pass_over(const Walk *w, const char *why)
{
	char shown[PATH_MAX];

	w->walk->passed_over(tar_name_show(w->path, shown, sizeof shown), why);
}

static int too_deep(const Walk *w, Error *err)
{
	char shown[100];

	return fail(err, -ELOOP, "more than %d directories within each other: %s...",
		TREE_DEPTH_MAX, tar_name_show(w->path, shown, sizeof shown));
}

/* Appends a name, and returns how long the path was. */
static size_t go_to(Walk *w, const char *name)
{
	size_t before = w->len, len = strlen(name);

	if (before > 0)
		w->path[w->len++] = '/';
	memcpy(w->path + w->len, name, len + 1);
	w->len += len;
	return before;
}

static void go_back(Walk *w, size_t len)
{
	w->len = len;
	w->path[len] = '\0';
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

/* Past LINKS_MAX, files with several names are visited as if each were a file of its own. */
static int find_first(Walk *w, TreeItem *item, Error *err)
{
	if (item->st.st_nlink < 2 || w->links_used > LINKS_MAX)
		return 0;
	w->links_used += w->len + LINK_COST;
	return hard_links_note(&w->links, 0, &item->st, w->path, &item->first, err);
}

static int visit_file(Walk *w, int file, Error *err)
{
	_cleanup_close_ int fd = open_for_reading(file, 0);
	TreeItem item = item_of(w, fd);
	int r;

	if (fd < 0 || fstat(fd, &item.st) < 0)
		return failed(w, fd < 0 ? fd : -errno, "open", err);
	r = find_first(w, &item, err);
	return r < 0 ? r : w->walk->visit(w->walk->userdata, &item, err);
}

static int walk_any(Walk *w, int dir, const char *name, Error *err);

static int walk_members(Walk *w, int fd, Error *err)
{
	_cleanup_closedir_ DIR *dir = fd_opendir(fd);
	const struct dirent *entry;
	int r = 0;

	if (!dir)
		return failed(w, -errno, "open", err);
	w->depth++;
	while (r == 0 && (errno = 0, entry = readdir(dir)))
		if (!streq(entry->d_name, ".") && !streq(entry->d_name, "..")) {
			size_t before = go_to(w, entry->d_name);

			r = walk_any(w, fd, entry->d_name, err);
			go_back(w, before);
		}
	w->depth--;
	return r == 0 && errno ? failed(w, -errno, "read", err) : r;
}

static int walk_directory(Walk *w, int directory, Error *err)
{
	_cleanup_close_ int fd = -1;
	TreeItem item;
	int r;

	if (w->depth == TREE_DEPTH_MAX)
		return too_deep(w, err);
	fd = open_for_reading(directory, O_DIRECTORY);
	item = item_of(w, fd);
	if (fd < 0 || fstat(fd, &item.st) < 0)
		return failed(w, fd < 0 ? fd : -errno, "open", err);
	r = w->walk->visit(w->walk->userdata, &item, err);
	if (r < 0)
		return r;
	if (is_kernels(fd))
		pass_over(w, "a filesystem of the kernel's");
	else
		r = walk_members(w, fd, err);
	return r < 0 || !w->walk->leave ? r : w->walk->leave(w->walk->userdata, &item, err);
}

static const char *why_not(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFCHR:
	case S_IFBLK: return "a device";
	case S_IFIFO: return "a fifo";
	case S_IFSOCK: return "a socket";
	case S_IFREG: return "a file of the kernel's";
	default: return "of an unknown kind";
	}
}

static int walk_any(Walk *w, int dir, const char *name, Error *err)
{
	_cleanup_close_ int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	TreeItem item = item_of(w, fd);

	/* Gone since its name was read. */
	if (fd < 0 && errno == ENOENT && w->depth > 0)
		return 0;
	if (fd < 0 || fstat(fd, &item.st) < 0)
		return failed(w, -errno, "open", err);
	if (S_ISDIR(item.st.st_mode))
		return walk_directory(w, fd, err);
	if (S_ISLNK(item.st.st_mode))
		return w->walk->visit(w->walk->userdata, &item, err);
	if (S_ISREG(item.st.st_mode) && !is_kernels(fd))
		return visit_file(w, fd, err);
	pass_over(w, why_not(item.st.st_mode));
	return w->depth == 0 ? 1 : 0;
}

int tree_walk(const TreeWalk *walk, Error *err)
{
	Walk w = {.walk = walk};
	int r;

	if (!walk->name) {
		r = walk_members(&w, walk->dir, err);
	} else {
		if (strlen(walk->as) > NAME_MAX)
			return fail_errno(err, -ENAMETOOLONG, "%s", walk->as);
		(void)go_to(&w, walk->as);
		r = walk_any(&w, walk->dir, walk->name, err);
	}
	hard_links_done(&w.links);
	return r;
}
