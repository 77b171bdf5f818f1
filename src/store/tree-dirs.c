/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tree-dirs.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <time.h>
#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "store/whiteout.h"

void tree_forget_parent(TreeWriter *w)
{
	w->parent_fd = fd_close(w->parent_fd);
}

int tree_make_opaque(int dirfd, const char *name, Error *err)
{
	_cleanup_close_ int fd =
		openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return fail_errno(err, -errno, "mark the directory as opaque");
	if (fsetxattr(fd, "trusted.overlay.opaque", "y", 1, 0) == 0)
		return 0;
	/* Without privilege over the whole machine overlayfs takes the mark from here. */
	if (errno != EPERM || fsetxattr(fd, "user.overlay.opaque", "y", 1, 0) < 0)
		return fail_errno(err, -errno, "mark the directory as opaque");
	return 0;
}

int tree_make_room(TreeWriter *w, int dirfd, const char *name, bool *ret_whiteout, Error *err)
{
	struct stat st;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, -errno, "stat");
	*ret_whiteout = whiteout_is(&st);
	if (S_ISDIR(st.st_mode) && w->of_others)
		return fail(err, -EISDIR, "would replace a directory");
	if (S_ISDIR(st.st_mode) && dirfd != w->parent_fd)
		tree_forget_parent(w);
	if (unlinkat(dirfd, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) == 0)
		return 0;
	if (errno == ENOTEMPTY || errno == EEXIST)
		return fail(err, -EINVAL,
			"would replace a directory of the same name, which is not empty");
	return fail_errno(err, -errno, "replace what was there before");
}

/* Among others, directories of this archive have to be told from theirs. */
static int note_made(TreeWriter *w, int dirfd, const char *name, Error *err)
{
	struct stat st;

	if (!w->of_others)
		return 0;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, -errno, "stat");
	return dir_attributes_note_made(&w->dirs, &st, err);
}

int tree_make_dir(TreeWriter *w, int dirfd, const char *name, mode_t mode, bool replace, Error *err)
{
	bool whiteout;
	struct stat st;
	int r;

	/* What is in it is not others' to change before it is what it should be. */
	if (mkdirat(dirfd, name, w->of_others ? 0700 : mode) == 0)
		return note_made(w, dirfd, name, err);
	if (errno != EEXIST)
		return fail_errno(err, -errno, "create the directory");
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, -errno, "stat");
	if (S_ISDIR(st.st_mode) || (!replace && (w->of_others || !whiteout_is(&st))))
		return 0;
	r = tree_make_room(w, dirfd, name, &whiteout, err);
	if (r < 0)
		return r;
	if (mkdirat(dirfd, name, mode) < 0)
		return fail_errno(err, -errno, "create the directory");
	return whiteout ? tree_make_opaque(dirfd, name, err) : 0;
}

static int note_implicit(TreeWriter *w, const char *path, Error *err)
{
	Attributes a = {.mode = 0755, .implicit = true};

	(void)clock_gettime(CLOCK_REALTIME, &a.mtime);
	return dir_attributes_add(&w->dirs, path, &a, err);
}

int tree_enter_or_make(TreeWriter *w, int dirfd, const char *path, Error *err)
{
	const char *name = path_base(path);
	int fd = openat(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int r;

	if (fd >= 0)
		return fd;
	r = tree_make_dir(w, dirfd, name, 0755, false, err);
	if (r == 0)
		r = note_implicit(w, path, err);
	if (r < 0)
		return r;
	fd = openat(dirfd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	r = -errno;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return fail(err, -EINVAL, "lies below \"%s\", which is %s", path,
			S_ISLNK(st.st_mode) ? "a symbolic link" : "not a directory");
	return fail_errno(err, r, "open its directory \"%s\"", path);
}

/* Walks to the directory path and makes what is missing on the way. Returns its descriptor. */
static int make_parents(TreeWriter *w, const char *path, Error *err)
{
	_cleanup_close_ int at = openat(w->root, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char so_far[PATH_MAX];

	if (at < 0)
		return fail_errno(err, -errno, "open the target directory");
	(void)snprintf(so_far, sizeof so_far, "%s", path);
	for (char *end = so_far; end;) {
		int next;

		end = strchr(end + 1, '/');
		if (end)
			*end = '\0';
		next = tree_enter_or_make(w, at, so_far, err);
		if (next < 0)
			return next;
		fd_close(at);
		at = next;
		if (end)
			*end = '/';
	}
	return TAKE_FD(at);
}

int tree_open_parent(
	TreeWriter *w, const char *path, int *ret_fd, const char **ret_name, Error *err)
{
	const char *base = path_base(path);
	size_t len = base == path ? 0 : (size_t)(base - path) - 1;
	int fd;

	*ret_name = base;
	if (len == 0) {
		*ret_fd = w->root;
		return 0;
	}
	if (w->parent_fd >= 0 && strlen(w->parent) == len && memcmp(w->parent, path, len) == 0) {
		*ret_fd = w->parent_fd;
		return 0;
	}
	tree_forget_parent(w);
	memcpy(w->parent, path, len);
	w->parent[len] = '\0';
	fd = path_open_beneath(w->root, w->parent, O_PATH | O_DIRECTORY, 0);
	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
		fd = make_parents(w, w->parent, err);
	else if (fd < 0)
		return fail_errno(err, fd, "open its directory");
	if (fd < 0)
		return fd;
	w->parent_fd = *ret_fd = fd;
	return 0;
}
