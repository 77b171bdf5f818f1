/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tree-writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "store/tree-dirs.h"

int tree_writer_init(TreeWriter *ret, int root, Error *err)
{
	memset(ret, 0, sizeof *ret);
	ret->root = root;
	ret->parent_fd = -1;
	return attribute_policy_init(&ret->policy, root, err);
}

void tree_writer_init_among_others(TreeWriter *ret, int root, TreeIds ids)
{
	*ret = (TreeWriter){
		.root = root,
		.policy = attribute_policy_for_others(ids),
		.of_others = true,
		.parent_fd = -1,
	};
}

void tree_writer_done(TreeWriter *w)
{
	tree_forget_parent(w);
	dir_attributes_done(&w->dirs);
}

int tree_writer_stat(const TreeWriter *w, const char *path, struct stat *ret)
{
	_cleanup_close_ int fd = path_open_beneath(w->root, path, O_PATH | O_NOFOLLOW, 0);

	if (fd < 0)
		return fd;
	return fstat(fd, ret) < 0 ? -errno : 0;
}

/* One way to make a file: returns a descriptor or 0, or -1 and errno. */
typedef struct Making {
	mode_t mode;
	dev_t dev;
	const char *target;
	int target_dir;
} Making;
typedef int MakeFunc(int dirfd, const char *name, const Making *m);

static int make_file(int dirfd, const char *name, const Making *m)
{
	return openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY,
		m->mode);
}

static int make_symlink(int dirfd, const char *name, const Making *m)
{
	return symlinkat(m->target, dirfd, name);
}

static int make_hardlink(int dirfd, const char *name, const Making *m)
{
	return linkat(m->target_dir, m->target, dirfd, name, 0);
}

static int make_node(int dirfd, const char *name, const Making *m)
{
	return mknodat(dirfd, name, m->mode, m->dev);
}

/* Makes path, in place of what is there. Returns what func returned, or a negative errno. */
static int make(
	TreeWriter *w, int dirfd, const char *name, MakeFunc *func, const Making *m, Error *err)
{
	bool whiteout;
	int r = func(dirfd, name, m);

	if (r < 0 && errno == EEXIST) {
		r = tree_make_room(w, dirfd, name, &whiteout, err);
		if (r < 0)
			return r;
		r = func(dirfd, name, m);
	}
	return r < 0 ? fail_errno(err, -errno, "create") : r;
}

int tree_writer_file(TreeWriter *w, const char *path, mode_t mode, Error *err)
{
	/* Nobody else shall have it open when it gets its mode. */
	const Making m = {.mode = w->of_others ? 0600 : mode & 0777};
	const char *name;
	int dirfd, r;

	r = tree_open_parent(w, path, &dirfd, &name, err);
	return r < 0 ? r : make(w, dirfd, name, make_file, &m, err);
}

/* Whether a directory that an entry is for is one of others, which stays as it is. 0, 1, or a
 * negative errno. */
static int is_of_others(const TreeWriter *w, int dirfd, const char *name, Error *err)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, -errno, "stat");
	if (!S_ISDIR(st.st_mode))
		return fail(err, -ENOTDIR, "what is there is not a directory");
	return !dir_attributes_made(&w->dirs, &st);
}

int tree_writer_dir(TreeWriter *w, const char *path, const Attributes *a, Error *err)
{
	const char *name;
	int dirfd, r = 0;

	if (w->of_others && !*path)
		return 0;
	if (*path) {
		r = tree_open_parent(w, path, &dirfd, &name, err);
		if (r == 0)
			r = tree_make_dir(
				w, dirfd, name, (a->mode & 0777) | 0700, !w->of_others, err);
		if (r == 0 && w->of_others)
			r = is_of_others(w, dirfd, name, err);
	}
	return r != 0 ? MIN(r, 0) : dir_attributes_add(&w->dirs, path, a, err);
}

int tree_writer_symlink(
	TreeWriter *w, const char *path, const char *target, const Attributes *a, Error *err)
{
	const Making m = {.target = target};
	const char *name;
	int dirfd, r;

	if (!*target)
		return fail(err, -EINVAL, "symbolic link without a target");
	if (strlen(target) >= PATH_MAX)
		return fail(err, -ENAMETOOLONG, "the target of the symbolic link is too long");
	r = tree_open_parent(w, path, &dirfd, &name, err);
	if (r == 0)
		r = make(w, dirfd, name, make_symlink, &m, err);
	return r < 0 ? r : attributes_apply_to_link(a, &w->policy, dirfd, name, err);
}

/* Opens the directory of a hard link's target and tells the target's status. */
static int find_target(TreeWriter *w, const char *target, struct stat *ret_st, Error *err)
{
	_cleanup_close_ int fd = -1;
	char parent[PATH_MAX];
	size_t len = (size_t)(path_base(target) - target);

	(void)snprintf(parent, sizeof parent, "%.*s", (int)len, target);
	fd = path_open_beneath(w->root, len ? parent : ".", O_PATH | O_DIRECTORY, 0);
	if (fd < 0)
		errno = -fd;
	if (fd < 0 || fstatat(fd, path_base(target), ret_st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == EXDEV)
			return fail(err, -EINVAL,
				"hard link to \"%s\", which the archive does not contain", target);
		return fail_errno(err, -errno, "hard link to \"%s\"", target);
	}
	if (S_ISDIR(ret_st->st_mode))
		return fail(err, -EINVAL, "hard link to \"%s\", which is a directory", target);
	return TAKE_FD(fd);
}

int tree_writer_hardlink(TreeWriter *w, const char *path, const char *target, Error *err)
{
	_cleanup_close_ int target_dir = -1;
	struct stat old, st;
	const char *name;
	Making m = {.target = path_base(target)};
	int dirfd, r;

	/* A whiteout that is the target may become a directory on the way. */
	r = tree_open_parent(w, path, &dirfd, &name, err);
	if (r < 0)
		return r;
	target_dir = find_target(w, target, &st, err);
	if (target_dir < 0)
		return target_dir;
	m.target_dir = target_dir;
	/* Making room for a name that is this very file would remove the target. */
	if (fstatat(dirfd, name, &old, AT_SYMLINK_NOFOLLOW) == 0 && old.st_ino == st.st_ino &&
		old.st_dev == st.st_dev)
		return 0;
	r = make(w, dirfd, name, make_hardlink, &m, err);
	return r < 0 ? r : 0;
}

int tree_writer_node(
	TreeWriter *w, const char *path, mode_t type, dev_t dev, const Attributes *a, Error *err)
{
	const Making m = {.mode = type | (a->mode & 0777), .dev = dev};
	const char *name;
	int dirfd, r;

	r = tree_open_parent(w, path, &dirfd, &name, err);
	if (r == 0)
		r = make(w, dirfd, name, make_node, &m, err);
	return r < 0 ? r : attributes_apply_to_node(a, &w->policy, dirfd, name, err);
}

int tree_writer_whiteout(TreeWriter *w, const char *path, Error *err)
{
	const Making m = {.mode = S_IFCHR, .dev = makedev(0, 0)};
	const char *name;
	struct stat st;
	int dirfd, r;

	r = tree_open_parent(w, path, &dirfd, &name, err);
	if (r < 0)
		return r;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		r = make(w, dirfd, name, make_node, &m, err);
		if (r == -EPERM)
			error_hint(err, "layers that remove files of others cannot be unpacked to "
					"overlayfs: rkt's data directory (--dir) has to be on "
					"another filesystem");
		return r;
	}
	/* What this layer has itself stays; it hides what is below, a directory only if it is
	 * opaque. */
	return S_ISDIR(st.st_mode) ? tree_make_opaque(dirfd, name, err) : 0;
}

int tree_writer_opaque(TreeWriter *w, const char *path, Error *err)
{
	const char *name;
	int dirfd, r;

	if (!*path)
		return tree_make_opaque(w->root, ".", err);
	r = tree_open_parent(w, path, &dirfd, &name, err);
	if (r < 0)
		return r;
	dirfd = tree_enter_or_make(w, dirfd, path, err);
	if (dirfd < 0)
		return dirfd;
	r = tree_make_opaque(dirfd, ".", err);
	fd_close(dirfd);
	return r;
}

int tree_writer_finish(TreeWriter *w, const char **ret_path, Error *err)
{
	return dir_attributes_apply(&w->dirs, w->root, &w->policy, ret_path, err);
}
