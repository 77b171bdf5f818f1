/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/fd.h"
#include "base/lock.h"
#include "base/path.h"
#include "base/strbuf.h"

#define STORE_NEW "cas.new"

/* In this order: where the last one exists the others do. Trees hold what images say, setuid
 * programs included: nobody but root may get there. */
static const struct {
	const char *name;
	mode_t mode;
} dirs[] = {
	{"image", 0750},
	{"blob", 0750},
	{"tree", 0700},
	{"tmp", 0700},
	{"ref", 0750},
	{"ref/name", 0750},
	{"ref/remote", 0750},
};

static bool is_shared(const struct stat *st)
{
	return st->st_mode & (S_IWGRP | S_IWOTH);
}

/* Where others could write they may have put what looks like ours. "sha512" is what rkt 1.x has
 * made for its blobs, whoever fetched first. */
static int check_content(int dirfd, const char *name)
{
	_cleanup_close_ int fd = fd_open_dir(dirfd, name);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fd_opendir(fd);
	const struct dirent *entry;
	struct stat st;

	if (!dir)
		return fd < 0 ? fd : -errno;
	while ((errno = 0, entry = readdir(dir))) {
		if (streq(entry->d_name, ".") || streq(entry->d_name, "..") ||
			streq(entry->d_name, "sha512"))
			continue;
		if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
		if (st.st_uid != geteuid())
			return -EPERM;
	}
	return -errno;
}

/* A directory that is there already keeps its group, which may read what we keep there, but must
 * not write: rkt 1.x let it. -EPERM when it, or what is in it, is somebody else's. */
static int take_dir(int dirfd, const char *name, mode_t mode)
{
	struct stat st;
	int r;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	if (streq(name, "."))
		return is_shared(&st) && fchmodat(dirfd, name, mode | (st.st_mode & S_ISGID), 0) < 0
			       ? -errno
			       : 0;
	if (st.st_uid != geteuid())
		return -EPERM;
	if (!is_shared(&st))
		return 0;
	if (fchmodat(dirfd, name, mode | (st.st_mode & S_ISGID), 0) < 0)
		return -errno;
	r = check_content(dirfd, name);
	/* So that it is looked at again the next time. */
	if (r < 0)
		(void)!fchmodat(dirfd, name, st.st_mode & 07777, 0);
	return r;
}

static int make_dir(int dirfd, const char *name, mode_t mode)
{
	if (mkdirat(dirfd, name, mode) == 0)
		return 0;
	return errno == EEXIST ? take_dir(dirfd, name, mode) : -errno;
}

static int refuse(Error *err, int r, const char *cas, const char *name)
{
	if (r != -EPERM)
		return fail_errno(err, r, "create %s/%s", cas, name);
	(void)fail(err, r, "%s/%s, or something in it, was made by another user", cas, name);
	error_hint(err, "nothing of that is believed: remove it");
	return r;
}

static int take_dirs(int cas_fd, const char *cas, Error *err)
{
	int r = take_dir(cas_fd, "skeleton", 0755);

	if (r < 0 && r != -ENOENT)
		return refuse(err, r, cas, "skeleton");
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
		r = make_dir(cas_fd, dirs[i].name, dirs[i].mode);
		if (r < 0)
			return refuse(err, r, cas, dirs[i].name);
	}
	return 0;
}

static int make_dirs(int cas_fd, const char *cas, Error *err)
{
	struct stat st;
	int r;

	if (fstat(cas_fd, &st) < 0)
		return fail_errno(err, -errno, "stat %s", cas);
	if (!is_shared(&st) && faccessat(cas_fd, dirs[ARRAY_LEN(dirs) - 1].name, F_OK, 0) == 0)
		return 0;
	r = take_dir(cas_fd, ".", 0750);
	if (r < 0)
		return fail_errno(err, r, "take %s over", cas);
	r = take_dirs(cas_fd, cas, err);
	/* As above. */
	if (r < 0 && is_shared(&st))
		(void)fchmod(cas_fd, st.st_mode & 07777);
	return r;
}

/* Somebody else was quicker. By their names: a descriptor may be that of the store by now. */
static void remove_new(int data_fd)
{
	char path[sizeof STORE_NEW "/ref/remote"];

	for (size_t i = ARRAY_LEN(dirs); i > 0; i--) {
		(void)snprintf(path, sizeof path, STORE_NEW "/%s", dirs[i - 1].name);
		(void)unlinkat(data_fd, path, AT_REMOVEDIR);
	}
	(void)unlinkat(data_fd, STORE_NEW, AT_REMOVEDIR);
}

/* Makes a store that is there as a whole or not at all, so that who does not make one need not
 * care. Several at once make the same one. */
static int make_store(const char *data_dir, const char *cas, Error *err)
{
	_cleanup_close_ int data_fd = -1, fd = -1;
	int r = path_mkdir_parents(AT_FDCWD, data_dir, 0750);

	if (r == 0)
		r = data_fd = fd_open_dir(AT_FDCWD, data_dir);
	if (r < 0)
		return fail_errno(err, r, "create %s", data_dir);
	if (mkdirat(data_fd, STORE_NEW, 0750) < 0 && errno != EEXIST)
		return fail_errno(err, -errno, "create %s", cas);
	fd = fd_open_dir(data_fd, STORE_NEW);
	if (fd < 0)
		return fail_errno(err, fd, "create %s", cas);
	r = make_dirs(fd, cas, err);
	if (r < 0)
		return r;
	r = path_rename_new(data_fd, STORE_NEW, data_fd, "cas");
	if (r == -EEXIST)
		remove_new(data_fd);
	return r < 0 ? fail_errno(err, r, "create %s", cas) : 0;
}

/* One that is empty was made for us, as a mount point perhaps. */
static int complete_store(const char *data_dir, const char *cas, Error *err)
{
	Error trouble = ERROR_INIT;
	int r = 0, fd = fd_open_dir(AT_FDCWD, cas);

	if (fd == -ENOENT) {
		r = make_store(data_dir, cas, &trouble);
		fd = fd_open_dir(AT_FDCWD, cas);
	}
	if (fd < 0) {
		if (r == 0)
			return fail_errno(err, fd, "open %s", cas);
		*err = trouble;
		return r;
	}
	r = make_dirs(fd, cas, err);
	fd_close(fd);
	return r;
}

int store_open(Store *ret, const char *data_dir, bool create, Error *err)
{
	_cleanup_store_ Store s = STORE_INIT;
	int r;

	if (str_format(&s.path, "%s/cas", data_dir) < 0)
		return fail_oom(err);
	if (create) {
		r = complete_store(data_dir, s.path, err);
		if (r < 0)
			return r;
	}
	s.cas_fd = fd_open_dir(AT_FDCWD, s.path);
	if (s.cas_fd < 0 && (create || s.cas_fd != -ENOENT))
		return fail_errno(err, s.cas_fd, "open %s", s.path);
	ret->cas_fd = s.cas_fd < 0 ? -1 : TAKE_FD(s.cas_fd);
	ret->path = TAKE_PTR(s.path);
	return 0;
}

void store_done(Store *s)
{
	s->cas_fd = fd_close(s->cas_fd);
	free(TAKE_PTR(s->path));
}

int store_lock_prepare(const char *data_dir, bool exclusive, Error *err)
{
	_cleanup_free_ char *locks = NULL;
	_cleanup_close_ int fd = -1;
	int r;

	if (str_format(&locks, "%s/locks", data_dir) < 0)
		return fail_oom(err);
	fd = fd_open_dir(AT_FDCWD, locks);
	if (fd == -ENOENT) {
		r = path_mkdir_parents(AT_FDCWD, locks, 0750);
		if (r < 0)
			return fail_errno(err, r, "create %s", locks);
		fd = fd_open_dir(AT_FDCWD, locks);
	}
	if (fd < 0)
		return fail_errno(err, fd, "open %s", locks);
	r = lock_file(
		fd, "prepareLock", exclusive ? LOCK_MODE_EXCLUSIVE : LOCK_MODE_SHARED, true, err);
	return r < 0 ? wrap(err, r, "cannot lock %s", locks) : r;
}
