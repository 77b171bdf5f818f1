/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tmp.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include "base/boot.h"
#include "base/fd.h"
#include "base/lock.h"
#include "base/path.h"
#include "store/import.h"

#define ATTEMPTS            100
#define PARTIAL_SECONDS_MAX (7 * 24 * 3600)

/* One attempt. Between mkdir and lock somebody's tmp_collect() may take it for garbage: -EAGAIN
 * then. */
static int make_locked(int parent, char *name, size_t size)
{
	_cleanup_close_ int fd = -1;
	uint64_t random;
	struct stat st;

	if (getrandom(&random, sizeof random, 0) != sizeof random)
		return -EIO;
	(void)snprintf(name, size, "t-%016llx", (unsigned long long)random);
	if (mkdirat(parent, name, 0700) < 0)
		return errno == EEXIST ? -EAGAIN : -errno;
	fd = lock_dir(parent, name, LOCK_MODE_EXCLUSIVE, false, NULL);
	if (fd == -EWOULDBLOCK || fd == -ENOENT)
		return -EAGAIN;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	return st.st_nlink == 0 ? -EAGAIN : TAKE_FD(fd);
}

int tmp_dir_make(const Store *s, TmpDir *ret, Error *err)
{
	_cleanup_tmp_dir_ TmpDir t = TMP_DIR_INIT;
	int r = -EAGAIN;

	t.parent_fd = fd_open_dir(s->cas_fd, "tmp");
	if (t.parent_fd < 0)
		return fail_errno(err, t.parent_fd, "open %s/tmp", s->path);
	for (unsigned i = 0; r == -EAGAIN && i < ATTEMPTS; i++)
		r = make_locked(t.parent_fd, t.name, sizeof t.name);
	if (r < 0)
		return fail_errno(err, r, "create a directory in %s/tmp", s->path);
	ret->fd = r;
	ret->parent_fd = TAKE_FD(t.parent_fd);
	memcpy(ret->name, t.name, sizeof ret->name);
	return 0;
}

void tmp_dir_done(TmpDir *t)
{
	if (t->fd >= 0 && t->name[0])
		(void)path_remove_tree(t->parent_fd, t->name);
	t->fd = fd_close(t->fd);
	t->parent_fd = fd_close(t->parent_fd);
}

void tmp_dir_moved(TmpDir *t)
{
	t->name[0] = '\0';
}

static void collect_dir(int tmp_fd, const char *name)
{
	_cleanup_close_ int lock = lock_dir(tmp_fd, name, LOCK_MODE_EXCLUSIVE, false, NULL);

	if (lock >= 0)
		(void)path_remove_tree(tmp_fd, name);
}

static bool is_worth_keeping(
	const char *name, const char *boot, time_t last_written, int64_t max_age)
{
	return startswith(name + strlen(TMP_PARTIAL_PREFIX), boot) &&
	       time(NULL) - last_written < max_age;
}

/* One that was removed may have a successor of the same name. */
static bool is_rubbish(int fd, const char *name, const char *boot, int64_t max_age)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_nlink > 0 &&
	       !is_worth_keeping(name, boot, st.st_mtime, max_age);
}

/* Who writes it holds the lock, which is asked for only where nobody should: whoever wants to go on
 * with a download must not find it taken. Until it is held somebody may have done so. */
static void collect_partial(int tmp_fd, const char *name, const char *boot, int64_t max_age)
{
	_cleanup_close_ int fd = openat(tmp_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd >= 0 && is_rubbish(fd, name, boot, max_age) && flock(fd, LOCK_EX | LOCK_NB) == 0 &&
		is_rubbish(fd, name, boot, max_age))
		(void)unlinkat(tmp_fd, name, 0);
}

static void collect_lock(int tmp_fd, const char *name)
{
	_cleanup_close_ int fd = lock_file(tmp_fd, name, LOCK_MODE_EXCLUSIVE, false, NULL);
	struct stat st;

	/* One that was removed in the meantime may have a successor of the same name. */
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_nlink > 0)
		(void)unlinkat(tmp_fd, name, 0);
}

void tmp_collect(const Store *s)
{
	tmp_collect_older(s, PARTIAL_SECONDS_MAX);
}

void tmp_collect_older(const Store *s, int64_t max_age)
{
	_cleanup_closedir_ DIR *dir = NULL;
	_cleanup_close_ int fd = fd_open_dir(s->cas_fd, "tmp");
	char boot[BOOT_ID_LEN + 1] = "";
	const struct dirent *entry;

	(void)boot_id_read(boot, NULL);
	dir = fd < 0 ? NULL : fd_opendir(fd);
	while (dir && (entry = readdir(dir))) {
		if (startswith(entry->d_name, "t-"))
			collect_dir(fd, entry->d_name);
		else if (startswith(entry->d_name, TMP_PARTIAL_PREFIX))
			collect_partial(fd, entry->d_name, boot, max_age);
		else if (startswith(entry->d_name, STORE_FETCH_LOCK_PREFIX))
			collect_lock(fd, entry->d_name);
	}
}
