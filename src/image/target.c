/* SPDX-License-Identifier: Apache-2.0 */
#include "image/target.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include "base/fd.h"
#include "base/path.h"
#include "base/strbuf.h"

/* What is being made is called so, with a random number behind it. */
#define MADE        ".rkt-"
#define MADE_DIGITS 16

#define LOCKED_WITHIN 60 /* seconds */

void target_done(Target *t)
{
	if (t->made[0])
		(void)path_remove_tree(t->parent_fd, t->made);
	t->fd = fd_close(t->fd);
	t->parent_fd = fd_close(t->parent_fd);
	free(TAKE_PTR(t->name));
	free(TAKE_PTR(t->path));
}

/* What the absolute path is in. NULL when memory is out. */
static char *parent_of(const char *path)
{
	size_t len = (size_t)(path_base(path) - path);

	return strndup(path, len > 1 ? len - 1 : 1);
}

/* The absolute path, with all links resolved but for one that leads nowhere. Sets *ret_type to the
 * S_IFMT part of what is there, or 0. */
static int resolve(const char *path, char **ret, mode_t *ret_type, Error *err)
{
	_cleanup_free_ char *absolute = NULL, *parent = NULL, *real_parent = NULL;
	char *real = realpath(path, NULL);
	struct stat st;
	int r;

	*ret_type = 0;
	if (real) {
		*ret_type = stat(real, &st) < 0 ? 0 : st.st_mode & S_IFMT;
		*ret = real;
		return 0;
	}
	if (errno != ENOENT)
		return fail_errno(err, -errno, "%s", path);
	if (lstat(path, &st) == 0)
		*ret_type = st.st_mode & S_IFMT;
	r = path_absolute(path, &absolute);
	if (r < 0)
		return fail_errno(err, r, "%s", path);
	parent = parent_of(absolute);
	if (!parent)
		return fail_oom(err);
	real_parent = realpath(parent, NULL);
	if (!real_parent)
		return fail_errno(err, -errno, "open %s", parent);
	r = str_format(
		ret, "%s/%s", streq(real_parent, "/") ? "" : real_parent, path_base(absolute));
	return r < 0 ? fail_oom(err) : 0;
}

static int open_parent(Target *t, Error *err)
{
	_cleanup_free_ char *parent = parent_of(t->path);
	uint64_t random;

	t->name = strdup(path_base(t->path));
	if (!parent || !t->name)
		return fail_oom(err);
	t->parent_fd = fd_open_dir(AT_FDCWD, parent);
	if (t->parent_fd < 0)
		return fail_errno(err, t->parent_fd, "open %s", parent);
	if (getrandom(&random, sizeof random, 0) != sizeof random)
		return fail(err, -EIO, "no random number could be had");
	(void)snprintf(
		t->made, sizeof t->made, MADE "%0*llx", MADE_DIGITS, (unsigned long long)random);
	return 0;
}

static int refuse_place(const char *path, const char *keep, Error *err)
{
	_cleanup_free_ char *real = realpath(keep, NULL), *here = realpath(".", NULL);

	if (streq(path, "/"))
		return fail(err, -EINVAL, "this would delete your root filesystem. Refusing.");
	if (path_contains(path, real ? real : keep))
		return fail(err, -EINVAL, "this would delete %s. Refusing.", keep);
	if (path_contains(real ? real : keep, path))
		return fail(
			err, -EINVAL, "%s belongs to rkt, which keeps images and pods there", path);
	if (here && path_contains(path, here))
		return fail(err, -EINVAL, "this would delete the directory you are in. Refusing.");
	return 0;
}

/* Whether a killed process of this user has left it: what is being made is locked, a moment after
 * it is there. */
static bool is_left(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	       time(NULL) - st.st_mtime > LOCKED_WITHIN && flock(fd, LOCK_EX | LOCK_NB) == 0;
}

static void remove_left(int parent_fd)
{
	_cleanup_closedir_ DIR *dir = fd_opendir(parent_fd);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		const char *number = startswith(entry->d_name, MADE);
		_cleanup_close_ int fd = -1;

		if (!number || strlen(number) != MADE_DIGITS ||
			number[strspn(number, "0123456789abcdef")])
			continue;
		fd = openat(
			parent_fd, entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0 && is_left(fd))
			(void)path_remove_tree(parent_fd, entry->d_name);
	}
}

/* Everything but making the thing: t is ready for that. type: what may be there, to be replaced. */
static int prepare(
	Target *t, const char *path, mode_t type, bool overwrite, const char *keep, Error *err)
{
	const char *what = type == S_IFDIR ? "directory" : "file";
	mode_t there;
	int r;

	if (*path == '\0')
		return fail(err, -EINVAL, "the name of the output %s is empty", what);
	if (type == S_IFREG && endswith(path, "/"))
		return fail(err, -EISDIR, "\"%s\" is the name of a directory", path);
	r = resolve(path, &t->path, &there, err);
	if (r == 0)
		r = refuse_place(t->path, keep, err);
	if (r < 0)
		return r;
	if (there && !overwrite)
		return fail(err, -EEXIST, "output %s exists (try --overwrite)",
			type == S_IFDIR ? what : "ACI file");
	if (there && there != type)
		return fail(err, -EEXIST, "%s is there and is no %s", t->path, what);
	t->overwrite = overwrite;
	r = open_parent(t, err);
	if (r == 0)
		remove_left(t->parent_fd);
	return r;
}

/* Until it is published, or the process has ended. */
static int lock_made(Target *t, Error *err)
{
	return flock(t->fd, LOCK_EX | LOCK_NB) < 0 ? fail_errno(err, -errno, "lock %s", t->made)
						   : 0;
}

int target_make_dir(Target *ret, const char *path, bool overwrite, const char *keep, Error *err)
{
	_cleanup_target_ Target t = TARGET_INIT;
	int r = prepare(&t, path, S_IFDIR, overwrite, keep, err);

	if (r < 0)
		return r;
	if (mkdirat(t.parent_fd, t.made, 0755) < 0) {
		t.made[0] = '\0';
		return fail_errno(err, -errno, "create a directory beside %s", t.path);
	}
	t.fd = fd_open_dir(t.parent_fd, t.made);
	if (t.fd < 0)
		return fail_errno(err, t.fd, "open a directory beside %s", t.path);
	r = lock_made(&t, err);
	if (r < 0)
		return r;
	*ret = t;
	t = (Target)TARGET_INIT;
	return 0;
}

int target_make_file(Target *ret, const char *path, bool overwrite, const char *keep, Error *err)
{
	_cleanup_target_ Target t = TARGET_INIT;
	int r = prepare(&t, path, S_IFREG, overwrite, keep, err);

	if (r < 0)
		return r;
	t.fd = openat(t.parent_fd, t.made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (t.fd < 0) {
		t.made[0] = '\0';
		return fail_errno(err, -errno, "create %s", t.path);
	}
	r = lock_made(&t, err);
	if (r < 0)
		return r;
	*ret = t;
	t = (Target)TARGET_INIT;
	return 0;
}

int target_publish(Target *t, Error *err)
{
	int r = path_rename_new(t->parent_fd, t->made, t->parent_fd, t->name);

	if (r == 0) {
		t->made[0] = '\0';
		return 0;
	}
	/* What was there takes the temporary name, and goes with it: not before what comes in its
	 * place is on disk. */
	if (r == -EEXIST && t->overwrite && syncfs(t->fd) < 0)
		return fail_errno(err, -errno, "write %s to disk", t->path);
	if (r == -EEXIST && t->overwrite)
		r = renameat2(t->parent_fd, t->made, t->parent_fd, t->name, RENAME_EXCHANGE) < 0
			    ? -errno
			    : 0;
	if (r < 0)
		return fail_errno(err, r, "create %s", t->path);
	r = path_remove_tree(t->parent_fd, t->made);
	t->made[0] = '\0';
	return r < 0 ? fail_errno(err, r, "remove what was at %s before", t->path) : 0;
}
