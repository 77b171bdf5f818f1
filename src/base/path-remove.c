/* SPDX-License-Identifier: Apache-2.0 */

/* Removing trees. */

#include "base/path.h"

#include <fcntl.h>
#include <stdio.h>
#include "base/beneath.h"
#include "base/cleanup.h"

/* Each level of a tree that is being walked costs a descriptor and a stack frame, and whoever wrote
 * the tree chose how deep it is. What lies deeper than this is first moved up to the top. */
#define DEPTH_MAX 100

/* Somebody may still be writing to a tree that is removed, until the directory is gone. */
#define TRIES_MAX 1000

typedef struct Removal {
	int top_fd;
	unsigned moved; /* subtrees that were moved to the top so far */
} Removal;

static int remove_directory(Removal *r, int parent, const char *name, unsigned depth);

/* Keeps the first failure; what somebody else has removed meanwhile is none. */
static int first_failure(int result, int r)
{
	return result < 0 || r == -ENOENT ? result : r;
}

static int remove_entry(Removal *r, int parent, const char *name, unsigned depth)
{
	if (unlinkat(parent, name, 0) == 0)
		return 0;
	if (errno != EISDIR)
		return -errno;
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return -errno;
	return remove_directory(r, parent, name, depth);
}

/* Takes over fd. */
static int remove_content(Removal *r, int fd, unsigned depth)
{
	_cleanup_closedir_ DIR *dir = fdopendir(fd);
	const struct dirent *entry;
	int result = 0;

	if (!dir) {
		(void)fd_close(fd);
		return -errno;
	}
	while (errno = 0, (entry = readdir(dir)))
		if (!streq(entry->d_name, ".") && !streq(entry->d_name, ".."))
			result = first_failure(
				result, remove_entry(r, fd, entry->d_name, depth + 1));
	return first_failure(result, -errno);
}

static int move_to_top(Removal *r, int parent, const char *name)
{
	for (;;) {
		char moved[32];
		int error;

		(void)snprintf(moved, sizeof moved, ".rkt-removed-%u", r->moved++);
		error = path_rename_new(parent, name, r->top_fd, moved);
		if (error != -EEXIST)
			return error;
	}
}

/* 1 when something has come in meanwhile. */
static int empty_and_remove(Removal *r, int parent, const char *name, unsigned depth)
{
	int fd = path_open_same_mount(parent, name, O_RDONLY | O_DIRECTORY, 0), result;

	if (fd < 0)
		return fd;
	result = remove_content(r, fd, depth);
	if (result < 0)
		return result;
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0)
		return 0;
	return errno == ENOTEMPTY ? 1 : -errno;
}

static int remove_directory(Removal *r, int parent, const char *name, unsigned depth)
{
	if (depth > DEPTH_MAX)
		return move_to_top(r, parent, name);
	for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
		int result = empty_and_remove(r, parent, name, depth);

		if (result <= 0)
			return result;
	}
	return -ENOTEMPTY;
}

int path_remove_tree(int dirfd, const char *name)
{
	_cleanup_close_ int fd = -1;
	Removal removal = {0};
	unsigned before;
	int r;

	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -errno;
	/* Also tells whether this is a mount. */
	if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return -errno;
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	removal.top_fd = fd;
	do {
		int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		before = removal.moved;
		r = again < 0 ? -errno : remove_content(&removal, again, 0);
	} while (r == 0 && removal.moved > before);
	if (r < 0)
		return r;
	return unlinkat(dirfd, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}
