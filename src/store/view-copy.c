/* SPDX-License-Identifier: Apache-2.0 */
#include "store/view-copy.h"

#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <search.h>
#include <sys/ioctl.h>
#include "base/beneath.h"
#include "base/fd.h"
#include "store/tree-writer.h"
#include "store/view-walk.h"
#include "store/whiteout.h"

#define BUFFER_SIZE (1u << 17)

/* A directory whose content is still to be copied. */
typedef struct Pending {
	struct Pending *next;
	char *path;    /* "" for the root */
	bool layers[]; /* those that show in it */
} Pending;

/* A file with several names, by its first one. */
typedef struct Link {
	size_t layer;
	ino_t ino;
	char *path;
} Link;

typedef struct Copy {
	const View *v;
	TreeWriter w;
	Pending *pending;
	void *links; /* of Link, for tsearch() */
	bool no_clone;
	char *buffer; /* for filesystems between which the kernel does not copy */
} Copy;

static void pending_free(Pending *p)
{
	free(p->path);
	free(p);
}

DEFINE_CLEANUP(Pending *, pending_free)
#define _cleanup_pending_ _cleanup_(pending_freep)

static void link_free(void *p)
{
	Link *l = p;

	free(l->path);
	free(l);
}

static void copy_done(Copy *c)
{
	while (c->pending) {
		Pending *next = c->pending->next;

		pending_free(c->pending);
		c->pending = next;
	}
	tdestroy(c->links, link_free);
	free(c->buffer);
	tree_writer_done(&c->w);
}

static int compare_links(const void *a, const void *b)
{
	const Link *x = a, *y = b;

	if (x->layer != y->layer)
		return x->layer < y->layer ? -1 : 1;
	return (x->ino > y->ino) - (x->ino < y->ino);
}

/* Remembers the file by path, or tells by which one it was remembered before. */
static int remember(
	Copy *c, size_t layer, ino_t ino, const char *path, const char **ret, Error *err)
{
	Link *link = malloc(sizeof *link);
	Link **found;

	if (!link)
		return fail_oom(err);
	*link = (Link){.layer = layer, .ino = ino, .path = strdup(path)};
	found = link->path ? tsearch(link, &c->links, compare_links) : NULL;
	if (!found || *found != link)
		link_free(link);
	if (!found)
		return fail_oom(err);
	*ret = *found == link ? NULL : (*found)->path;
	return 0;
}

static int copy_by_hand(Copy *c, int from, int to, Error *err)
{
	if (!c->buffer)
		c->buffer = malloc(BUFFER_SIZE);
	if (!c->buffer)
		return fail_oom(err);
	for (;;) {
		ssize_t n = fd_read(from, c->buffer, BUFFER_SIZE);
		int r;

		if (n <= 0)
			return n < 0 ? fail_errno(err, (int)n, "read") : 0;
		r = fd_write(to, c->buffer, (size_t)n);
		if (r < 0)
			return fail_errno(err, r, "write");
	}
}

/* Shares the blocks, else has the kernel copy, else copies. */
static int copy_content(Copy *c, int from, int to, off_t size, Error *err)
{
	if (size == 0)
		return 0;
	if (!c->no_clone && ioctl(to, FICLONE, from) == 0)
		return 0;
	c->no_clone = true;
	while (size > 0) {
		ssize_t n = copy_file_range(from, NULL, to, NULL, (size_t)size, 0);

		if (n < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO))
			return fail_errno(err, -errno, "copy");
		/* What is left is read from where this stopped. */
		if (n <= 0)
			return copy_by_hand(c, from, to, err);
		size -= n;
	}
	return 0;
}

static int copy_file(Copy *c, int dir, const char *name, const char *path, Error *err)
{
	_cleanup_close_ int from = path_open_beneath(dir, name, O_RDONLY | O_NOFOLLOW, 0), to = -1;
	__attribute__((cleanup(arena_done))) Arena arena = {0};
	struct stat st;
	Attributes a;
	int r;

	if (from < 0 || fstat(from, &st) < 0)
		return fail_errno(err, from < 0 ? from : -errno, "open");
	r = attributes_from_file(from, &st, &arena, &a, err);
	if (r < 0)
		return r;
	to = tree_writer_file(&c->w, path, a.mode, err);
	if (to < 0)
		return to;
	r = copy_content(c, from, to, st.st_size, err);
	return r < 0 ? r : attributes_apply(&a, &c->w.policy, to, NULL, err);
}

static int copy_symlink(
	Copy *c, int dir, const char *name, const char *path, const struct stat *st, Error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, name, target, sizeof target);
	Attributes a;

	if (n < 0 || n == sizeof target)
		return fail_errno(err, n < 0 ? -errno : -ENAMETOOLONG, "read the link");
	target[n] = '\0';
	attributes_from_status(st, &a);
	return tree_writer_symlink(&c->w, path, target, &a, err);
}

static int copy_other(Copy *c, size_t layer, int dir, const char *name, const char *path,
	const struct stat *st, Error *err)
{
	const char *first = NULL;
	Attributes a;
	int r;

	if (st->st_nlink > 1) {
		r = remember(c, layer, st->st_ino, path, &first, err);
		if (r < 0)
			return r;
	}
	if (first)
		return tree_writer_hardlink(&c->w, path, first, err);
	switch (st->st_mode & S_IFMT) {
	case S_IFREG: return copy_file(c, dir, name, path, err);
	case S_IFLNK: return copy_symlink(c, dir, name, path, st, err);
	default:
		attributes_from_status(st, &a);
		return tree_writer_node(&c->w, path, st->st_mode & S_IFMT, st->st_rdev, &a, err);
	}
}

/* Makes a directory and puts it down for later, with the layers that show in it. layer is the
 * uppermost that has it. */
static int copy_dir(
	Copy *c, const int *dirs, size_t layer, const char *name, const char *path, Error *err)
{
	_cleanup_pending_ Pending *p = calloc(1, sizeof *p + c->v->n * sizeof *p->layers);
	bool more = true;

	if (!p || !(p->path = strdup(path)))
		return fail_oom(err);
	for (size_t i = layer; more && i < c->v->n; i++) {
		_cleanup_close_ int fd = -1;
		struct stat st;
		Attributes a;
		int r = 0;

		if (dirs[i] < 0)
			continue;
		fd = path_open_beneath(dirs[i], name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
		if (fd == -ENOENT)
			continue;
		/* A file or a whiteout: what is below it does not show. */
		if (fd == -ENOTDIR || fd == -ELOOP)
			break;
		if (fd < 0 || fstat(fd, &st) < 0)
			return fail_errno(err, fd < 0 ? fd : -errno, "open");
		if (i == layer)
			r = attributes_from_file(fd, &st, &c->w.dirs.arena, &a, err);
		if (i == layer && r == 0)
			r = tree_writer_dir(&c->w, path, &a, err);
		if (r < 0)
			return r;
		p->layers[i] = true;
		more = !view_is_opaque(fd);
	}
	p->next = c->pending;
	c->pending = TAKE_PTR(p);
	return 0;
}

/* Whether a layer above has something of this name: it was copied, or is hidden. */
static bool shown_above(const int *dirs, size_t layer, const char *name)
{
	struct stat st;

	for (size_t i = 0; i < layer; i++)
		if (dirs[i] >= 0 && fstatat(dirs[i], name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return true;
	return false;
}

static int copy_entry(
	Copy *c, const Pending *p, const int *dirs, size_t layer, const char *name, Error *err)
{
	char path[PATH_MAX];
	struct stat st;
	int r;

	if (shown_above(dirs, layer, name))
		return 0;
	if (snprintf(path, sizeof path, "%s%s%s", p->path, *p->path ? "/" : "", name) >=
		(int)sizeof path)
		return fail_errno(err, -ENAMETOOLONG, "/%s/%s", p->path, name);
	if (fstatat(dirs[layer], name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, -errno, "stat /%s", path);
	if (whiteout_is(&st))
		return 0;
	if (S_ISDIR(st.st_mode))
		r = copy_dir(c, dirs, layer, name, path, err);
	else
		r = copy_other(c, layer, dirs[layer], name, path, &st, err);
	return r < 0 ? wrap(err, r, "/%s", path) : 0;
}

static int copy_layer(Copy *c, const Pending *p, const int *dirs, size_t layer, Error *err)
{
	_cleanup_closedir_ DIR *dir = fd_opendir(dirs[layer]);
	const struct dirent *entry;
	int r = 0;

	if (!dir)
		return fail_errno(err, -errno, "open /%s", p->path);
	while (r == 0 && (errno = 0, entry = readdir(dir)))
		if (!streq(entry->d_name, ".") && !streq(entry->d_name, ".."))
			r = copy_entry(c, p, dirs, layer, entry->d_name, err);
	return r == 0 && errno ? fail_errno(err, -errno, "read /%s", p->path) : r;
}

/* dirs has room for every layer. */
static int copy_pending(Copy *c, const Pending *p, int *dirs, Error *err)
{
	int r = 0;

	for (size_t i = 0; i < c->v->n; i++) {
		dirs[i] = -1;
		if (!p->layers[i] || r < 0)
			continue;
		dirs[i] = path_open_beneath(c->v->layer_fds[i], *p->path ? p->path : ".",
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
		if (dirs[i] < 0)
			r = fail_errno(err, dirs[i], "open /%s", p->path);
	}
	for (size_t i = 0; r == 0 && i < c->v->n; i++)
		if (dirs[i] >= 0)
			r = copy_layer(c, p, dirs, i, err);
	for (size_t i = 0; i < c->v->n; i++)
		(void)fd_close(dirs[i]);
	return r;
}

static int copy_all(Copy *c, Error *err)
{
	_cleanup_free_ int *dirs = calloc(c->v->n, sizeof *dirs);
	const char *failed = NULL;
	int r = 0;

	if (!dirs)
		return fail_oom(err);
	while (r == 0 && c->pending) {
		_cleanup_pending_ Pending *p = c->pending;

		c->pending = p->next;
		r = copy_pending(c, p, dirs, err);
	}
	if (r < 0)
		return r;
	r = tree_writer_finish(&c->w, &failed, err);
	return r < 0 ? wrap(err, r, "/%s", failed) : 0;
}

int view_copy(const View *v, int target, uint32_t first_id, Error *err)
{
	__attribute__((cleanup(copy_done))) Copy c = {.v = v};
	int r = tree_writer_init(&c.w, target, err);

	if (r < 0)
		return r;
	c.w.policy.first_id = first_id;
	c.pending = calloc(1, sizeof *c.pending + v->n * sizeof *c.pending->layers);
	if (!c.pending || !(c.pending->path = strdup("")))
		return fail_oom(err);
	memset(c.pending->layers, true, v->n * sizeof *c.pending->layers);
	return copy_all(&c, err);
}
