/* SPDX-License-Identifier: Apache-2.0 */
#include "store/settle.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>
#include "base/fd.h"
#include "base/lock.h"
#include "store/key.h"
#include "store/layer.h"
#include "store/standing.h"

/* How many layers, and images, are settled in one round: each holds a descriptor. The others come
 * in the next. */
#define PENDING_MAX 300

/* The info files of what may not be on disk. They are held open: a file that is replaced or removed
 * meanwhile gets its mark where nobody sees it. */
typedef struct Pending {
	int fds[PENDING_MAX];
	size_t n;
} Pending;

static void pending_done(Pending *p)
{
	while (p->n > 0)
		fd_close(p->fds[--p->n]);
}

#define _cleanup_pending_ _cleanup_(pending_done)

/* Layers and images: directories of things that have an info file each. */
typedef struct Kind {
	const char *dir;
	bool (*valid)(const char *name);
} Kind;

static const Kind layers = {"tree", store_layer_name_valid}, images = {"image", key_valid};

/* What to do with a thing; fd is that of its info file, -1 without one. */
typedef int Visit(
	Store *s, const char *name, int *fd, Standing standing, void *userdata, Error *err);

static int visit_all(Store *s, const Kind *kind, Visit *visit, void *userdata, Error *err)
{
	_cleanup_close_ int dirfd = fd_open_dir(s->cas_fd, kind->dir);
	_cleanup_closedir_ DIR *dir = dirfd < 0 ? NULL : fd_opendir(dirfd);
	char path[NAME_MAX + sizeof "/info"];
	const struct dirent *entry;
	int r = 0;

	if (!dir)
		return fail_errno(
			err, dirfd < 0 ? dirfd : -errno, "open %s/%s", s->path, kind->dir);
	while (r == 0 && (errno = 0, entry = readdir(dir))) {
		_cleanup_close_ int fd = -1;
		Standing standing;

		if (!kind->valid(entry->d_name))
			continue;
		(void)snprintf(path, sizeof path, "%s/info", entry->d_name);
		r = standing_open(dirfd, path, &fd, &standing, err);
		if (r == 0)
			r = visit(s, entry->d_name, &fd, standing, userdata, err);
	}
	return r == 0 && errno ? fail_errno(err, -errno, "read %s/%s", s->path, kind->dir) : r;
}

/* A Visit. */
static int note_pending(
	Store *s, const char *name, int *fd, Standing standing, void *userdata, Error *err)
{
	Pending *p = userdata;

	if (standing == STANDING_THIS_BOOT && p->n < PENDING_MAX)
		p->fds[p->n++] = TAKE_FD(*fd);
	return 0;
}

static int mark_all(const Store *s, const Pending *p, Standing standing, Error *err)
{
	for (size_t i = 0; i < p->n; i++) {
		int r = standing_mark(p->fds[i], standing);

		if (r < 0)
			return fail_errno(err, r, "note in %s what is on disk", s->path);
	}
	return 0;
}

/* One round. 1 when there may be more to do. Images first: the layers of those that are seen are
 * seen then, too. Their marks come last: an image that is marked has all its layers marked. */
static int settle_some(Store *s, Error *err)
{
	_cleanup_pending_ Pending some_images = {.n = 0}, some_layers = {.n = 0};
	int r = visit_all(s, &images, note_pending, &some_images, err), synced;
	Standing standing;

	if (r == 0)
		r = visit_all(s, &layers, note_pending, &some_layers, err);
	if (r < 0 || some_images.n + some_layers.n == 0)
		return r;
	synced = syncfs(s->cas_fd) < 0 ? fail_errno(err, -errno, "write %s to disk", s->path) : 0;
	standing = synced < 0 ? STANDING_LOST : STANDING_ON_DISK;
	r = mark_all(s, &some_layers, standing, err);
	if (r == 0 && some_layers.n < PENDING_MAX)
		r = mark_all(s, &some_images, standing, err);
	if (r < 0 || synced < 0)
		return synced < 0 ? synced : r;
	return some_layers.n == PENDING_MAX || some_images.n == PENDING_MAX;
}

int store_settle(Store *s, Error *err)
{
	int r = s->cas_fd < 0 ? 0 : 1;

	while (r > 0)
		r = settle_some(s, err);
	return r;
}

/* A Visit. */
static int drop_image(
	Store *s, const char *name, int *fd, Standing standing, void *userdata, Error *err)
{
	int r = standing == STANDING_LOST ? image_remove(s, name, err) : 0;

	return r == -ENOENT ? 0 : r;
}

/* A Visit. */
static int drop_layer(
	Store *s, const char *name, int *fd, Standing standing, void *userdata, Error *err)
{
	return standing == STANDING_LOST ? layer_remove(s, name, err) : 0;
}

int store_drop_lost(Store *s, Error *err)
{
	_cleanup_close_ int lock = -1;
	int r;

	if (s->cas_fd < 0)
		return 0;
	/* Between the look at a thing and its removal nobody else may remove it and bring it anew.
	 */
	lock = lock_dir(s->cas_fd, "tree", LOCK_MODE_EXCLUSIVE, true, err);
	if (lock < 0)
		return lock;
	r = visit_all(s, &images, drop_image, NULL, err);
	return r < 0 ? r : visit_all(s, &layers, drop_layer, NULL, err);
}
