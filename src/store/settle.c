/* SPDX-License-Identifier: Apache-2.0 */
#include "store/settle.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/fd.h"
#include "base/lock.h"
#include "store/key.h"
#include "store/layer.h"
#include "store/standing.h"
#include "store/tmp.h"

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

static bool is_aside(const char *name)
{
	return startswith(name, LAYER_ASIDE);
}

static const Kind layers = {"tree", store_layer_name_valid}, images = {"image", key_valid},
		  aside = {"tmp", is_aside};

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

static int mark_all(const Store *s, const Pending *p, bool on_disk, Error *err)
{
	for (size_t i = 0; i < p->n; i++) {
		int r = standing_mark(p->fds[i], on_disk);

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

	if (r == 0)
		r = visit_all(s, &layers, note_pending, &some_layers, err);
	if (r < 0 || some_images.n + some_layers.n == 0)
		return r;
	synced = syncfs(s->cas_fd) < 0 ? fail_errno(err, -errno, "write %s to disk", s->path) : 0;
	r = mark_all(s, &some_layers, synced == 0, err);
	if (r == 0 && some_layers.n < PENDING_MAX)
		r = mark_all(s, &some_images, synced == 0, err);
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
	int r = standing_is_visible(standing) ? 0 : image_remove(s, name, err);

	/* What else there may be of it means nothing. */
	return r == -ENOENT ? 0 : MIN(r, 0);
}

/* Takes the tree DIR/NAME to where it will be removed, which is made for the first one. */
static int collect(Store *s, const char *dir, const char *name, TmpDir *rubbish, Error *err)
{
	_cleanup_close_ int from = fd_open_dir(s->cas_fd, dir);
	int r = rubbish->fd < 0 ? tmp_dir_make(s, rubbish, err) : 0;

	if (r < 0)
		return r;
	if (from < 0)
		return fail_errno(err, from, "open %s/%s", s->path, dir);
	if (renameat(from, name, rubbish->fd, name) < 0 && errno != ENOENT)
		return fail_errno(err, -errno, "remove %s/%s/%s", s->path, dir, name);
	return 0;
}

/* A Visit. */
static int drop_layer(
	Store *s, const char *name, int *fd, Standing standing, void *userdata, Error *err)
{
	if (standing_is_visible(standing))
		return 0;
	return standing == STANDING_REFUSED ? layer_set_aside(s, name, err)
					    : collect(s, "tree", name, userdata, err);
}

/* A Visit: of what was set aside in a boot that has ended. */
static int drop_aside(
	Store *s, const char *name, int *fd, Standing standing, void *userdata, Error *err)
{
	return standing == STANDING_LOST ? collect(s, "tmp", name, userdata, err) : 0;
}

/* Between the look at a thing and its removal nobody else may remove it and bring it anew. Trees
 * are only moved meanwhile: others wait. */
static int collect_lost(Store *s, bool with_images, TmpDir *rubbish, Error *err)
{
	_cleanup_close_ int lock = lock_dir(s->cas_fd, "tree", LOCK_MODE_EXCLUSIVE, true, err);
	int r;

	if (lock < 0)
		return lock;
	r = with_images ? visit_all(s, &images, drop_image, NULL, err) : 0;
	if (r == 0)
		r = visit_all(s, &layers, drop_layer, rubbish, err);
	return r < 0 ? r : visit_all(s, &aside, drop_aside, rubbish, err);
}

int store_drop_lost(Store *s, Error *err)
{
	_cleanup_tmp_dir_ TmpDir rubbish = TMP_DIR_INIT;

	return s->cas_fd < 0 ? 0 : collect_lost(s, true, &rubbish, err);
}

int store_drop_lost_layers(Store *s, Error *err)
{
	_cleanup_tmp_dir_ TmpDir rubbish = TMP_DIR_INIT;

	return s->cas_fd < 0 ? 0 : collect_lost(s, false, &rubbish, err);
}

int store_image_lost(const Store *s, const char *key, Error *err)
{
	char path[sizeof "image//info" + STORE_KEY_LEN];
	_cleanup_close_ int fd = -1;
	Standing standing;
	struct stat st;
	int r;

	(void)snprintf(path, sizeof path, "image/%s", key);
	if (faccessat(s->cas_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? -ENOENT
				       : fail_errno(err, -errno, "look for image %s", key);
	(void)snprintf(path, sizeof path, "image/%s/info", key);
	r = standing_open(s->cas_fd, path, &fd, &standing, err);
	if (r < 0 || standing_is_visible(standing))
		return r;
	if (fd < 0)
		return fail(err, -EBADMSG, "the info file is missing");
	if (fstat(fd, &st) == 0 && st.st_size == 0)
		return fail(err, -EBADMSG, "the info file is empty");
	return fail(err, -EBADMSG, "%s",
		standing == STANDING_REFUSED ? "the disk has refused it"
					     : "the machine went down before it was on disk");
}
