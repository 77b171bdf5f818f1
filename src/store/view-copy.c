/* SPDX-License-Identifier: Apache-2.0 */
#include "store/view-copy.h"

#include <fcntl.h>
#include <limits.h>
#include "base/beneath.h"
#include "base/cleanup.h"
#include "store/file-content.h"
#include "store/hard-links.h"
#include "store/tree-writer.h"
#include "store/view-tree.h"

typedef struct Copy {
	TreeWriter w;
	const ViewPart *part; /* NULL: all of a view, into a directory where nothing is */
	bool first;           /* nothing was there before */
	HardLinks links;
	FileContent content;
	uint64_t bytes;
} Copy;

static void copy_done(Copy *c)
{
	hard_links_done(&c->links);
	file_content_done(&c->content);
	tree_writer_done(&c->w);
}

static int copy_file(Copy *c, const ViewEntry *e, Error *err)
{
	_cleanup_close_ int from = path_open_beneath(e->dir, e->name, O_RDONLY | O_NOFOLLOW, 0),
			    to = -1;
	__attribute__((cleanup(arena_done))) Arena arena = {0};
	struct stat st;
	Attributes a;
	int r;

	if (from < 0 || fstat(from, &st) < 0)
		return fail_errno(err, from < 0 ? from : -errno, "open");
	r = attributes_from_file(from, &st, &arena, &a, err);
	if (r < 0)
		return r;
	to = tree_writer_file(&c->w, e->path, a.mode, err);
	if (to < 0)
		return to;
	c->bytes += (uint64_t)st.st_size;
	r = file_content_copy(&c->content, from, to, &st, err);
	return r < 0 ? r : attributes_apply(&a, &c->w.policy, to, NULL, err);
}

static int copy_symlink(Copy *c, const ViewEntry *e, Error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(e->dir, e->name, target, sizeof target);
	Attributes a;

	if (n < 0 || n == sizeof target)
		return fail_errno(err, n < 0 ? -errno : -ENAMETOOLONG, "read the link");
	target[n] = '\0';
	attributes_from_status(&e->st, &a);
	return tree_writer_symlink(&c->w, e->path, target, &a, err);
}

static int copy_dir(Copy *c, const ViewEntry *e, Error *err)
{
	Attributes a;
	int r = attributes_from_file(e->fd, &e->st, &c->w.dirs.arena, &a, err);

	return r < 0 ? r : tree_writer_dir(&c->w, e->path, &a, err);
}

static int copy_other(Copy *c, const ViewEntry *e, Error *err)
{
	const char *first = NULL;
	Attributes a;
	int r;

	if (e->st.st_nlink > 1) {
		r = hard_links_note(&c->links, e->layer, &e->st, e->path, &first, err);
		if (r < 0)
			return r;
	}
	if (first)
		return tree_writer_hardlink(&c->w, e->path, first, err);
	switch (e->st.st_mode & S_IFMT) {
	case S_IFREG: return copy_file(c, e, err);
	case S_IFLNK: return copy_symlink(c, e, err);
	default:
		attributes_from_status(&e->st, &a);
		return tree_writer_node(
			&c->w, e->path, e->st.st_mode & S_IFMT, e->st.st_rdev, &a, err);
	}
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_wanted(const ViewPart *part, const ViewEntry *e)
{
	if (!part->whitelist || (part->all_dirs && e->fd >= 0))
		return true;
	return bsearch(&e->path, part->whitelist->items, part->whitelist->n,
		sizeof *part->whitelist->items, compare_words);
}

/* A ViewVisit. What an earlier part has brought stays, and hides what is below it unless both are
 * directories. */
static int copy_entry(void *userdata, const ViewEntry *e, Error *err)
{
	Copy *c = userdata;
	struct stat st;
	int r = c->first ? -ENOENT : tree_writer_stat(&c->w, e->path, &st);

	if (r == 0)
		return e->fd >= 0 && S_ISDIR(st.st_mode) ? 0 : 1;
	if (r != -ENOENT)
		return fail_errno(err, r, "stat");
	if (c->part && !is_wanted(c->part, e))
		return 0;
	return e->fd >= 0 ? copy_dir(c, e, err) : copy_other(c, e, err);
}

static int finish(Copy *c, Error *err)
{
	const char *failed = NULL;
	int r = tree_writer_finish(&c->w, &failed, err);

	return r < 0 ? wrap(err, r, "/%s", failed) : 0;
}

int view_copy(const View *v, int target, uint32_t first_id, Error *err)
{
	_cleanup_(copy_done) Copy c = {.first = true};
	int r = tree_writer_init(&c.w, target, err);

	if (r < 0)
		return r;
	c.w.policy.ids = (TreeIds){first_id, UINT32_MAX - first_id};
	r = view_visit(v, copy_entry, &c, err);
	return r < 0 ? r : finish(&c, err);
}

/* The root looks as in the uppermost part. */
static int copy_root(Copy *c, const View *v, Error *err)
{
	ViewEntry e = {.path = "", .fd = v->layer_fds[0]};

	if (fstat(e.fd, &e.st) < 0)
		return fail_errno(err, -errno, "stat");
	return copy_dir(c, &e, err);
}

int view_merge(const ViewPart *parts, size_t n, int target, uint64_t *ret_bytes, Error *err)
{
	_cleanup_(copy_done) Copy c = {.first = true};
	int r = tree_writer_init(&c.w, target, err);

	if (r == 0)
		r = copy_root(&c, parts[0].view, err);
	for (size_t i = 0; r == 0 && i < n; i++) {
		c.part = &parts[i];
		r = view_visit(parts[i].view, copy_entry, &c, err);
		c.first = false;
		/* Layers are numbered anew. */
		hard_links_done(&c.links);
	}
	if (r == 0)
		r = finish(&c, err);
	if (r == 0)
		*ret_bytes = c.bytes;
	return r;
}
