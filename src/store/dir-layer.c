/* SPDX-License-Identifier: Apache-2.0 */
#include "store/dir-layer.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>
#include "base/fd.h"
#include "base/strbuf.h"
#include "store/import.h"
#include "store/tree-writer.h"
#include "store/view-walk.h"

/* How many directories of layers are opened: no image takes so many, but one may be made to. */
#define LOOKS_MAX 20000000

/* One layer, and the directories in it that its archive does not name. */
typedef struct Part {
	int root;
	StrList implicit; /* sorted */
} Part;

typedef struct DirLayer {
	Part *parts; /* uppermost first */
	size_t n;
	Arena arena;
	LayerImport *tree; /* NULL while there is nothing to put into it */
	TreeWriter w;
	char last[PATH_MAX]; /* the last path that was put into it */
	size_t looks;        /* directories that were opened so far */
} DirLayer;

static void dir_layer_done(DirLayer *d)
{
	for (size_t i = 0; i < d->n; i++)
		fd_close(d->parts[i].root);
	if (d->tree)
		tree_writer_done(&d->w);
	layer_import_free(d->tree);
	arena_done(&d->arena);
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_implicit(const Part *part, const char *path)
{
	return part->implicit.n > 0 && bsearch(&path, part->implicit.items, part->implicit.n,
					       sizeof *part->implicit.items, compare_words);
}

/* Layers of a time when it was not noted have no such file. */
static int read_implicit(const Store *s, const char *layer, Arena *arena, StrList *ret, Error *err)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	const char *copy;
	size_t len;
	int r;

	if (str_format(&path, "tree/%s/implicit", layer) < 0)
		return fail_oom(err);
	r = fd_read_file(s->cas_fd, path, LAYER_IMPLICIT_MAX, &text, &len, NULL);
	if (r < 0)
		return r == -ENOENT ? 0 : fail_errno(err, r, "read %s/%s", s->path, path);
	copy = arena_memdup(arena, text, len + 1);
	if (!copy)
		return fail_oom(err);
	for (size_t i = 0; i < len; i += strlen(copy + i) + 1)
		if (str_list_add(ret, copy + i, arena) < 0)
			return fail_oom(err);
	if (ret->n > 0)
		qsort(ret->items, ret->n, sizeof *ret->items, compare_words);
	return 0;
}

static int open_parts(DirLayer *d, const Store *s, const char *const *layers, size_t n, Error *err)
{
	d->parts = arena_new(&d->arena, Part, n);
	if (!d->parts)
		return fail_oom(err);
	for (; d->n < n; d->n++) {
		const char *layer = layers[n - 1 - d->n];
		Part *part = &d->parts[d->n];
		int r = read_implicit(s, layer, &d->arena, &part->implicit, err);

		if (r == 0)
			r = part->root = store_layer_open(s, layer, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A directory as all layers show it. */
typedef struct Merged {
	int *fds;        /* for each layer: the directory there, when it shows; else -1 */
	size_t n;        /* layers */
	size_t top;      /* the uppermost of them; n: there is no such directory */
	int model;       /* the uppermost that an archive has named, -1 when none has */
	bool is_made_up; /* the uppermost is one that no archive has named */
} Merged;

static void merged_done(Merged *m)
{
	for (size_t i = 0; i < m->n; i++)
		fd_close(m->fds[i]);
	free(m->fds);
	fd_close(m->model);
}

#define _cleanup_merged_ _cleanup_(merged_done)

static int merged_init(Merged *m, size_t n, Error *err)
{
	*m = (Merged){.fds = malloc(n * sizeof *m->fds), .top = n, .model = -1};
	if (!m->fds)
		return fail_oom(err);
	for (; m->n < n; m->n++)
		m->fds[m->n] = -1;
	return 0;
}

/* Adds what layer i has of the directory path. hidden: by an opaque one above, which hides what is
 * in it, but not how the directory itself looks. */
static int merge(
	const DirLayer *d, Merged *m, size_t i, int fd, const char *path, bool hidden, Error *err)
{
	bool implicit = is_implicit(&d->parts[i], path);

	m->fds[i] = fd;
	if (m->top == m->n) {
		m->top = i;
		m->is_made_up = implicit;
	}
	if (!implicit && m->model < 0) {
		m->model = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		if (m->model < 0)
			return fail_errno(err, -errno, "open /%s", path);
	}
	if (hidden)
		m->fds[i] = fd_close(fd);
	return 0;
}

static int merge_root(const DirLayer *d, Merged *ret, Error *err)
{
	int r = merged_init(ret, d->n, err);

	for (size_t i = 0; r == 0 && i < d->n; i++) {
		int fd = fcntl(d->parts[i].root, F_DUPFD_CLOEXEC, 3);

		r = fd < 0 ? fail_errno(err, -errno, "open a layer")
			   : merge(d, ret, i, fd, "", false, err);
	}
	return r;
}

/* name in the directory parent, whose path is path. */
static int merge_child(DirLayer *d, const Merged *parent, const char *name, const char *path,
	Merged *ret, Error *err)
{
	bool hidden = false;
	int r = merged_init(ret, d->n, err);

	for (size_t i = 0; r == 0 && i < d->n && !(hidden && ret->model >= 0); i++) {
		int fd;

		if (parent->fds[i] < 0)
			continue;
		if (d->looks++ == LOOKS_MAX)
			return fail(err, -EFBIG,
				"the directories that the layers do not name lie too deep, or are "
				"too many");
		fd = openat(parent->fds[i], name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			continue;
		/* A whiteout, or a file of that name. */
		if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
			break;
		if (fd < 0)
			return fail_errno(err, -errno, "open /%s", path);
		r = merge(d, ret, i, fd, path, hidden, err);
		hidden = hidden || view_is_opaque(fd);
	}
	return r;
}

/* Whether the directory looks other than it should. Of the root nobody minds the time. */
static int looks_wrong(const DirLayer *d, const Merged *m, const char *path, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	struct stat now, wanted;
	Attributes a;
	int r;

	if (m->top == m->n || !m->is_made_up || m->model < 0)
		return 0;
	if (fstat(m->fds[m->top], &now) < 0 || fstat(m->model, &wanted) < 0)
		return fail_errno(err, -errno, "stat /%s", path);
	r = attributes_from_file(m->model, &wanted, &arena, &a, err);
	if (r < 0)
		return r;
	return now.st_uid != wanted.st_uid || now.st_gid != wanted.st_gid ||
	       now.st_mode != wanted.st_mode || a.n_xattrs > 0 ||
	       (*path && (now.st_mtim.tv_sec != wanted.st_mtim.tv_sec ||
				 now.st_mtim.tv_nsec != wanted.st_mtim.tv_nsec));
}

/* Whether the directory, or one below it, was put into the tree last. */
static bool is_in_tree(const DirLayer *d, const char *path)
{
	const char *rest = startswith(d->last, path);

	return rest && (*path == '\0' || *rest == '\0' || *rest == '/');
}

static int put(DirLayer *d, const Store *s, const Merged *m, const char *path, Error *err)
{
	int fd = m->model >= 0 ? m->model : m->fds[m->top], r;
	struct stat st;
	Attributes a;

	if (!d->tree) {
		r = layer_import_begin(s, &d->tree, err);
		if (r == 0)
			r = tree_writer_init(&d->w, layer_import_root(d->tree), err);
		if (r < 0)
			return r;
	} else if (is_in_tree(d, path)) {
		return 0;
	}
	if (fstat(fd, &st) < 0)
		return fail_errno(err, -errno, "stat /%s", path);
	r = attributes_from_file(fd, &st, &d->w.dirs.arena, &a, err);
	return r < 0 ? r : tree_writer_dir(&d->w, path, &a, err);
}

/* Walks from the root to path. With store, all on the way is put into the tree; without, the result
 * is whether path looks wrong. */
static int walk(DirLayer *d, const Store *s, const char *path, Error *err)
{
	_cleanup_merged_ Merged at = {.model = -1};
	char so_far[PATH_MAX] = "";
	size_t len = 0;
	int r = merge_root(d, &at, err);

	while (r == 0) {
		size_t n = strcspn(path + len, "/");
		char name[NAME_MAX + 1];
		Merged next;

		if (s)
			r = put(d, s, &at, so_far, err);
		if (r < 0 || !path[len] || n >= sizeof name)
			break;
		(void)snprintf(name, sizeof name, "%.*s", (int)n, path + len);
		len += n;
		(void)snprintf(so_far, sizeof so_far, "%.*s", (int)len, path);
		len += path[len] == '/';
		r = merge_child(d, &at, name, so_far, &next, err);
		merged_done(&at);
		at = next;
		if (at.top == at.n)
			return r;
	}
	return r < 0 || s ? r : looks_wrong(d, &at, path, err);
}

static int mend(DirLayer *d, const Store *s, const char *path, Error *err)
{
	int r = walk(d, NULL, path, err);

	if (r > 0)
		r = walk(d, s, path, err);
	if (r == 0 && d->tree)
		(void)snprintf(d->last, sizeof d->last, "%s", path);
	return r;
}

static bool is_implicit_above(const DirLayer *d, size_t part, const char *path)
{
	for (size_t i = 0; i < part; i++)
		if (is_implicit(&d->parts[i], path))
			return true;
	return false;
}

/* The lowest layer has nothing below it to look like. */
static int mend_all(DirLayer *d, const Store *s, Error *err)
{
	int r = 0;

	for (size_t i = 0; i + 1 < d->n; i++)
		for (size_t k = 0; r == 0 && k < d->parts[i].implicit.n; k++)
			if (!is_implicit_above(d, i, d->parts[i].implicit.items[k]))
				r = mend(d, s, d->parts[i].implicit.items[k], err);
	return r;
}

static int commit(DirLayer *d, const char *name, Error *err)
{
	const char *failed = NULL;
	int r = tree_writer_finish(&d->w, &failed, err);

	if (r < 0)
		return wrap(err, r, "/%s", failed);
	r = layer_import_commit(d->tree, name, 0, err);
	return r < 0 ? r : 1;
}

int dir_layer_make(const Store *s, const char *const *layers, size_t n,
	char ret[static LAYER_CHAIN_NAME], Error *err)
{
	_cleanup_(dir_layer_done) DirLayer d = {.arena = {0}};
	int r;

	/* Without root all files are the caller's own, whatever an archive says. */
	if (n < 2 || geteuid() != 0)
		return 0;
	r = layer_chain_name(LAYER_DIRS, layers, n, ret, err);
	if (r == 0 && layer_exists(s, ret))
		return 1;
	if (r == 0)
		r = open_parts(&d, s, layers, n, err);
	if (r == 0)
		r = mend_all(&d, s, err);
	return r < 0 || !d.tree ? r : commit(&d, ret, err);
}
