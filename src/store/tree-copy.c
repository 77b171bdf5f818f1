/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tree-copy.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include "base/beneath.h"
#include "base/fd.h"
#include "store/attributes.h"
#include "store/file-content.h"
#include "store/tree-walk.h"

/* A directory that is being filled. */
typedef struct Level {
	int fd;
	bool is_new;
} Level;

typedef struct Copy {
	const TreeCopy *copy;
	AttributePolicy policy;
	FileContent content;
	Level levels[TREE_DEPTH_MAX + 1]; /* uppermost first */
	size_t n;
} Copy;

/* Where an item goes. */
static int target(const Copy *c, const TreeItem *item, const char **ret_name)
{
	*ret_name = c->n == 0 && c->copy->name ? c->copy->as : item->name;
	return c->n == 0 ? c->copy->to : c->levels[c->n - 1].fd;
}

/* What the copy is to have of them. */
static void map_attributes(const Copy *c, Attributes *a)
{
	a->uid = tree_ids_name(c->copy->from_ids, a->uid);
	a->gid = tree_ids_name(c->copy->from_ids, a->gid);
	a->mode &= c->copy->harmless ? 01777 : 07777;
}

static int set_attributes(const Copy *c, const TreeItem *item, int fd, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	Attributes a;
	int r = attributes_from_file(item->fd, &item->st, &arena, &a, err);

	if (r == 0) {
		map_attributes(c, &a);
		r = attributes_apply(&a, &c->policy, fd, NULL, err);
	}
	return r < 0 ? tree_walk_wrap(item, r, err) : 0;
}

/* Takes away what is in the way of something that is no directory. */
static int make_room(const TreeItem *item, int to, const char *as, Error *err)
{
	struct stat st;

	if (fstatat(to, as, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode))
		return tree_walk_failed(item, -EISDIR, "replace a directory by", err);
	return unlinkat(to, as, 0) < 0 && errno != ENOENT
		       ? tree_walk_failed(item, -errno, "replace", err)
		       : 0;
}

/* A file that nobody else can have opened before. */
static int create_file(const TreeItem *item, int to, const char *as, Error *err)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC;
	int fd = openat(to, as, flags, 0600), r;

	if (fd < 0 && errno == EEXIST) {
		r = make_room(item, to, as, err);
		if (r < 0)
			return r;
		fd = openat(to, as, flags, 0600);
	}
	return fd < 0 ? tree_walk_failed(item, -errno, "create", err) : fd;
}

/* Opens the copy of what was visited before by the path first. What has taken its place meanwhile
 * is not: -ESTALE. */
static int open_first(const Copy *c, const TreeItem *item)
{
	const char *name = c->copy->name, *rest = item->first + (name ? strlen(name) : 0);
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	struct stat st;
	int len = snprintf(path, sizeof path, "%s%s", name ? c->copy->as : "", rest);

	if (len < 0 || (size_t)len >= sizeof path)
		return -ENAMETOOLONG;
	fd = path_open_beneath(c->copy->to, path, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fd < 0 ? fd : -errno;
	if (!S_ISREG(st.st_mode) || st.st_size != item->st.st_size ||
		st.st_mtim.tv_sec != item->st.st_mtim.tv_sec)
		return -ESTALE;
	return TAKE_FD(fd);
}

/* 0; 1 where it cannot be linked, and becomes a file of its own; or a negative errno. */
static int copy_hard_link(const Copy *c, const TreeItem *item, int to, const char *as, Error *err)
{
	_cleanup_close_ int first = open_first(c, item);
	int r = first < 0 ? 0 : make_room(item, to, as, err);

	if (r < 0)
		return r;
	return first < 0 || linkat(first, "", to, as, AT_EMPTY_PATH) < 0 ? 1 : 0;
}

static int copy_file(Copy *c, const TreeItem *item, int to, const char *as, Error *err)
{
	_cleanup_close_ int out = -1;
	int r = item->first ? copy_hard_link(c, item, to, as, err) : 1;

	if (r <= 0)
		return r;
	out = create_file(item, to, as, err);
	if (out < 0)
		return out;
	r = file_content_copy(&c->content, item->fd, out, &item->st, err);
	return r < 0 ? tree_walk_wrap(item, r, err) : set_attributes(c, item, out, err);
}

static int copy_link(const Copy *c, const TreeItem *item, int to, const char *as, Error *err)
{
	char text[PATH_MAX];
	ssize_t n = readlinkat(item->fd, "", text, sizeof text);
	Attributes a;
	int r;

	if (n < 0 || n == sizeof text)
		return tree_walk_failed(item, n < 0 ? -errno : -ENAMETOOLONG, "read the link", err);
	text[n] = '\0';
	r = make_room(item, to, as, err);
	if (r < 0)
		return r;
	if (symlinkat(text, to, as) < 0)
		return tree_walk_failed(item, -errno, "create", err);
	attributes_from_status(&item->st, &a);
	map_attributes(c, &a);
	r = attributes_apply_to_link(&a, &c->policy, to, as, err);
	return r < 0 ? tree_walk_wrap(item, r, err) : 0;
}

/* The directory that is filled: a new one, or what is there. */
static int enter_directory(Copy *c, const TreeItem *item, int to, const char *as, Error *err)
{
	bool is_new = mkdirat(to, as, 0700) == 0;
	int fd;

	if (!is_new && errno != EEXIST)
		return tree_walk_failed(item, -errno, "create", err);
	fd = openat(to, as, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return tree_walk_failed(
			item, errno == ELOOP ? -ENOTDIR : -errno, "fill the directory", err);
	c->levels[c->n++] = (Level){fd, is_new};
	return 0;
}

static int visit(void *userdata, const TreeItem *item, Error *err)
{
	Copy *c = userdata;
	const char *as;
	int to = target(c, item, &as);

	switch (item->st.st_mode & S_IFMT) {
	case S_IFDIR: return enter_directory(c, item, to, as, err);
	case S_IFLNK: return copy_link(c, item, to, as, err);
	default: return copy_file(c, item, to, as, err);
	}
}

static int leave(void *userdata, const TreeItem *directory, Error *err)
{
	Copy *c = userdata;
	const Level level = c->levels[--c->n];
	int r = level.is_new ? set_attributes(c, directory, level.fd, err) : 0;

	(void)fd_close(level.fd);
	return r;
}

int tree_copy(const TreeCopy *copy, Error *err)
{
	Copy c = {.copy = copy, .policy = attribute_policy_for_others(copy->to_ids)};
	const TreeWalk walk = {
		.dir = copy->from,
		.name = copy->name,
		.as = copy->name,
		.visit = visit,
		.leave = leave,
		.userdata = &c,
		.passed_over = copy->passed_over,
	};
	int r = tree_walk(&walk, err);

	while (c.n > 0)
		(void)fd_close(c.levels[--c.n].fd);
	file_content_done(&c.content);
	return r;
}
