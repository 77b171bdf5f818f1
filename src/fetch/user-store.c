/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/user-store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include "base/fd.h"
#include "base/number.h"
#include "base/path.h"
#include "fetch/local-file.h"

#define OPEN_DIR (O_RDONLY | O_DIRECTORY)

static int open_users(const char *data_dir, Error *err)
{
	_cleanup_close_ int data = fd_open_dir(AT_FDCWD, data_dir);
	int fd = data < 0 ? data : path_open_beneath(data, "users", OPEN_DIR, 0);

	return fd < 0 ? fail_errno(err, fd, "open %s/users", data_dir) : fd;
}

/* Whether the entry is the directory of the user with that number, who has a store in it. */
static bool open_store(int users, const char *name, UserStore *ret)
{
	_cleanup_close_ int dir = -1;
	struct stat st;
	uint64_t uid;

	if (number_parse_u64(name, UINT32_MAX, &uid) < 0)
		return false;
	dir = path_open_same_mount(users, name, OPEN_DIR, 0);
	if (dir < 0 || fstat(dir, &st) < 0 || st.st_uid != uid)
		return false;
	*ret = (UserStore){(unsigned)uid, path_open_same_mount(dir, "cas", OPEN_DIR, 0)};
	return ret->cas_fd >= 0;
}

int user_stores_visit(const char *data_dir,
	int (*visit)(void *userdata, const UserStore *store, Error *err), void *userdata,
	Error *err)
{
	_cleanup_close_ int users = open_users(data_dir, err);
	_cleanup_closedir_ DIR *dir = users < 0 ? NULL : fd_opendir(users);
	const struct dirent *entry;
	int r = 0;

	if (users == -ENOENT)
		return 0;
	if (!dir)
		return users < 0 ? users : fail_errno(err, -errno, "read %s/users", data_dir);
	while (r == 0 && (entry = readdir(dir))) {
		UserStore store;

		if (!open_store(users, entry->d_name, &store))
			continue;
		r = visit(userdata, &store, err);
		fd_close(store.cas_fd);
	}
	return r;
}

static bool is_key(const char *name)
{
	return store_looks_like_key(name) && strlen(name) == STORE_KEY_LEN &&
	       store_layer_name_valid(name);
}

int user_store_find(
	const UserStore *s, const char *prefix, char ret[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_close_ int fd = path_open_same_mount(s->cas_fd, "image", OPEN_DIR, 0);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fd_opendir(fd);
	const struct dirent *entry;
	size_t n = 0;

	while (dir && (entry = readdir(dir)))
		if (is_key(entry->d_name) && startswith(entry->d_name, prefix) && n++ == 0)
			memcpy(ret, entry->d_name, STORE_KEY_LEN + 1);
	return n == 1 ? 0 : fail(err, -ENOENT, "no image IDs found");
}

int user_store_open(
	const UserStore *s, const char *path, uint64_t max, int64_t *ret_size, Error *err)
{
	/* Also for the lease that somebody may have on a file one does not wait so. */
	_cleanup_close_ int fd =
		path_open_same_mount(s->cas_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	struct stat st;

	if (fd < 0)
		return fail_errno(err, fd, "open %s of user %u", path, s->uid);
	if (fstat(fd, &st) < 0)
		return fail_errno(err, -errno, "stat %s of user %u", path, s->uid);
	if (!S_ISREG(st.st_mode) || st.st_uid != s->uid)
		return fail(err, -EINVAL, "%s is not a regular file of user %u's", path, s->uid);
	if ((uint64_t)st.st_size > max)
		return fail(err, -EFBIG, "%s of user %u has more than the allowed %llu bytes", path,
			s->uid, (unsigned long long)max);
	*ret_size = st.st_size;
	return TAKE_FD(fd);
}

int user_store_send(const UserStore *s, const char *path, uint64_t max, Sink sink, Error *err)
{
	int64_t size;
	_cleanup_close_ int fd = user_store_open(s, path, max, &size, err);
	int r;

	if (fd < 0)
		return fd;
	r = local_file_send(fd, 0, size, sink, err);
	return r < 0 ? wrap(err, r, "%s of user %u", path, s->uid) : 0;
}
