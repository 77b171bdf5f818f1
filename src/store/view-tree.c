/* SPDX-License-Identifier: Apache-2.0 */
#include "store/view-tree.h"

#include <fcntl.h>
#include <limits.h>
#include "base/beneath.h"
#include "base/fd.h"
#include "store/view-walk.h"
#include "store/whiteout.h"

/* A directory whose content is still to be visited. */
typedef struct Pending {
	struct Pending *next;
	char *path;    /* "" for the root */
	bool layers[]; /* those that show in it */
} Pending;

typedef struct Tour {
	const View *v;
	ViewVisit visit;
	void *userdata;
	bool whiteouts; /* are visited, too */
	Pending *pending;
	int *dirs; /* per layer, of the directory whose content is visited */
} Tour;

static void pending_free(Pending *p)
{
	free(p->path);
	free(p);
}

DEFINE_CLEANUP(Pending *, pending_free)
#define _cleanup_pending_ _cleanup_(pending_freep)

static void tour_done(Tour *t)
{
	while (t->pending) {
		Pending *next = t->pending->next;

		pending_free(t->pending);
		t->pending = next;
	}
	free(t->dirs);
}

static Pending *pending_new(const Tour *t, const char *path)
{
	Pending *p = calloc(1, sizeof *p + t->v->n * sizeof *p->layers);

	if (p && !(p->path = strdup(path))) {
		free(p);
		return NULL;
	}
	return p;
}

/* Puts a directory down for later, with the layers that show in it: those from that of e on, up to
 * one that hides the rest. */
static int add_pending(Tour *t, const ViewEntry *e, Error *err)
{
	_cleanup_pending_ Pending *p = pending_new(t, e->path);
	bool more = true;

	if (!p)
		return fail_oom(err);
	for (size_t i = e->layer; more && i < t->v->n; i++) {
		_cleanup_close_ int fd = -1;

		if (t->dirs[i] < 0)
			continue;
		fd = path_open_beneath(t->dirs[i], e->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
		if (fd == -ENOENT)
			continue;
		/* A file or a whiteout: what is below it does not show. */
		if (fd == -ENOTDIR || fd == -ELOOP)
			break;
		if (fd < 0)
			return fail_errno(err, fd, "open");
		p->layers[i] = true;
		more = !view_is_opaque(fd);
	}
	p->next = t->pending;
	t->pending = TAKE_PTR(p);
	return 0;
}

/* Whether a layer above has something of this name: it was visited, or is hidden. */
static bool shown_above(const int *dirs, size_t layer, const char *name)
{
	struct stat st;

	for (size_t i = 0; i < layer; i++)
		if (dirs[i] >= 0 && fstatat(dirs[i], name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return true;
	return false;
}

static int visit_entry(Tour *t, const char *parent, size_t layer, const char *name, Error *err)
{
	char path[PATH_MAX];
	ViewEntry e = {.path = path, .dir = t->dirs[layer], .name = name, .layer = layer, .fd = -1};
	int r;

	if (shown_above(t->dirs, layer, name))
		return 0;
	if (snprintf(path, sizeof path, "%s%s%s", parent, *parent ? "/" : "", name) >=
		(int)sizeof path)
		return fail_errno(err, -ENAMETOOLONG, "/%s/%s", parent, name);
	if (fstatat(e.dir, name, &e.st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, -errno, "stat /%s", path);
	if (whiteout_is(&e.st) && !t->whiteouts)
		return 0;
	r = S_ISDIR(e.st.st_mode) ? add_pending(t, &e, err) : t->visit(t->userdata, &e, err);
	return r < 0 ? wrap(err, r, "/%s", path) : 0;
}

static int visit_layer(Tour *t, const Pending *p, size_t layer, Error *err)
{
	_cleanup_closedir_ DIR *dir = fd_opendir(t->dirs[layer]);
	const struct dirent *entry;
	int r = 0;

	if (!dir)
		return fail_errno(err, -errno, "open /%s", p->path);
	while (r == 0 && (errno = 0, entry = readdir(dir)))
		if (!streq(entry->d_name, ".") && !streq(entry->d_name, ".."))
			r = visit_entry(t, p->path, layer, entry->d_name, err);
	return r == 0 && errno ? fail_errno(err, -errno, "read /%s", p->path) : r;
}

/* The directory itself, as the uppermost layer has it. */
static int visit_dir(Tour *t, const Pending *p, Error *err)
{
	ViewEntry e = {.path = p->path, .name = p->path};
	int r;

	if (!*p->path)
		return 0;
	while (!p->layers[e.layer])
		e.layer++;
	e.dir = t->v->layer_fds[e.layer];
	e.fd = t->dirs[e.layer];
	if (fstat(e.fd, &e.st) < 0)
		return fail_errno(err, -errno, "stat /%s", p->path);
	r = t->visit(t->userdata, &e, err);
	return r < 0 ? wrap(err, r, "/%s", p->path) : r;
}

static int open_dirs(Tour *t, const Pending *p, Error *err)
{
	for (size_t i = 0; i < t->v->n; i++) {
		if (!p->layers[i])
			continue;
		t->dirs[i] = path_open_beneath(t->v->layer_fds[i], *p->path ? p->path : ".",
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
		if (t->dirs[i] < 0)
			return fail_errno(err, t->dirs[i], "open /%s", p->path);
	}
	return 0;
}

static int visit_pending(Tour *t, const Pending *p, Error *err)
{
	int r;

	for (size_t i = 0; i < t->v->n; i++)
		t->dirs[i] = -1;
	r = open_dirs(t, p, err);
	if (r == 0)
		r = visit_dir(t, p, err);
	for (size_t i = 0; r == 0 && i < t->v->n; i++)
		if (t->dirs[i] >= 0)
			r = visit_layer(t, p, i, err);
	for (size_t i = 0; i < t->v->n; i++)
		(void)fd_close(t->dirs[i]);
	return MIN(r, 0);
}

static int tour(Tour *t, Error *err)
{
	int r = 0;

	t->dirs = calloc(t->v->n + 1, sizeof *t->dirs);
	t->pending = pending_new(t, "");
	if (!t->dirs || !t->pending)
		return fail_oom(err);
	memset(t->pending->layers, true, t->v->n * sizeof *t->pending->layers);
	while (r == 0 && t->pending) {
		_cleanup_pending_ Pending *p = t->pending;

		t->pending = p->next;
		r = visit_pending(t, p, err);
	}
	return r;
}

int view_visit(const View *v, ViewVisit visit, void *userdata, Error *err)
{
	_cleanup_(tour_done) Tour t = {.v = v, .visit = visit, .userdata = userdata};

	return tour(&t, err);
}

int layer_visit(int root, ViewVisit visit, void *userdata, Error *err)
{
	const View v = {.layer_fds = &root, .n = 1};
	_cleanup_(tour_done)
		Tour t = {.v = &v, .visit = visit, .userdata = userdata, .whiteouts = true};

	return tour(&t, err);
}
