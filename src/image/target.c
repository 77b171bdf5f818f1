/* SPDX-License-Identifier: Apache-2.0 */
#include "image/target.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/path.h"
#include "base/strbuf.h"

void target_done(Target *t)
{
	if (t->made[0])
		(void)path_remove_tree(t->parent_fd, t->made);
	t->fd = fd_close(t->fd);
	t->parent_fd = fd_close(t->parent_fd);
	free(TAKE_PTR(t->name));
	free(TAKE_PTR(t->path));
}

/* The absolute path, of what is there that which links lead to: *ret_exists. */
static int resolve(const char *path, char **ret, bool *ret_exists, Error *err)
{
	_cleanup_free_ char *absolute = NULL;
	char *real;
	int r = path_absolute(path, &absolute);

	if (r < 0)
		return fail_errno(err, r, "%s", path);
	real = realpath(absolute, NULL);
	if (!real && errno != ENOENT)
		return fail_errno(err, -errno, "%s", absolute);
	*ret_exists = real || faccessat(AT_FDCWD, absolute, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	*ret = real ? real : TAKE_PTR(absolute);
	return 0;
}

static int open_parent(Target *t, Error *err)
{
	const char *base = path_base(t->path);
	_cleanup_free_ char *parent = strndup(t->path, MAX((size_t)(base - t->path), (size_t)1));
	uint64_t random;

	t->name = strdup(base);
	if (!parent || !t->name)
		return fail_oom(err);
	t->parent_fd = fd_open_dir(AT_FDCWD, parent);
	if (t->parent_fd < 0)
		return fail_errno(err, t->parent_fd, "open %s", parent);
	if (getrandom(&random, sizeof random, 0) != sizeof random)
		return fail(err, -EIO, "no random number could be had");
	(void)snprintf(t->made, sizeof t->made, ".rkt-%016llx", (unsigned long long)random);
	return 0;
}

/* Whether path is dir, or what dir is in. */
static bool contains(const char *path, const char *dir)
{
	const char *rest = startswith(dir, path);

	return rest && (*rest == '\0' || *rest == '/');
}

int target_make_dir(Target *ret, const char *path, bool overwrite, const char *keep, Error *err)
{
	_cleanup_target_ Target t = TARGET_INIT;
	bool exists;
	int r = resolve(path, &t.path, &exists, err);

	if (r < 0)
		return r;
	if (streq(t.path, "/"))
		return fail(err, -EINVAL, "this would delete your root filesystem. Refusing.");
	if (contains(t.path, keep))
		return fail(err, -EINVAL, "this would delete %s. Refusing.", keep);
	if (exists && !overwrite)
		return fail(err, -EEXIST, "output directory exists (try --overwrite)");
	r = open_parent(&t, err);
	if (r < 0)
		return r;
	if (mkdirat(t.parent_fd, t.made, 0755) < 0) {
		t.made[0] = '\0';
		return fail_errno(err, -errno, "create a directory beside %s", t.path);
	}
	t.fd = fd_open_dir(t.parent_fd, t.made);
	if (t.fd < 0)
		return fail_errno(err, t.fd, "open a directory beside %s", t.path);
	t.overwrite = overwrite;
	*ret = t;
	t = (Target)TARGET_INIT;
	return 0;
}

int target_make_file(Target *ret, const char *path, bool overwrite, Error *err)
{
	_cleanup_target_ Target t = TARGET_INIT;
	bool exists;
	int r = resolve(path, &t.path, &exists, err);

	if (r < 0)
		return r;
	if (exists && !overwrite)
		return fail(err, -EEXIST, "output ACI file exists (try --overwrite)");
	r = open_parent(&t, err);
	if (r < 0)
		return r;
	t.fd = openat(t.parent_fd, t.made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (t.fd < 0) {
		t.made[0] = '\0';
		return fail_errno(err, -errno, "create %s", t.path);
	}
	t.overwrite = overwrite;
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
	/* What was there takes the temporary name, and goes with it. */
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
