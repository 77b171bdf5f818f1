/* SPDX-License-Identifier: Apache-2.0 */
#include "store/collect.h"

#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <sys/mount.h>
#include "base/fd.h"
#include "base/strbuf.h"
#include "isolate/view-namespace.h"
#include "store/blobs.h"
#include "store/layer.h"
#include "store/tmp.h"

/* Names that are needed, for tsearch(). */
typedef struct Needed {
	void *root;
	Arena arena;
} Needed;

static void keep_pointer(void *p)
{
}

static void needed_done(Needed *n)
{
	tdestroy(n->root, keep_pointer);
	arena_done(&n->arena);
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* name lives as long as n. */
static int need(Needed *n, const char *name, Error *err)
{
	return name && !tsearch(name, &n->root, compare) ? fail_oom(err) : 0;
}

static int need_list(Needed *n, const char *const *names, size_t n_names, Error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n_names; i++)
		r = need(n, names[i], err);
	return r;
}

static int need_blobs(Needed *n, const Image *image, Error *err)
{
	StrList blobs = {0};
	int r = image_blobs(image, &n->arena, &blobs, err);

	return r < 0 ? r : need_list(n, blobs.items, blobs.n, err);
}

typedef int Remove(const Store *s, const char *name, const Collection *c, Error *err);

static int remove_layer(const Store *s, const char *name, const Collection *c, Error *err)
{
	int r = layer_remove(s, name, err);

	if (r == 0)
		c->removed(c->userdata, name);
	return r;
}

static int remove_blob(const Store *s, const char *name, const Collection *c, Error *err)
{
	char path[sizeof "blob/" + NAME_MAX];

	(void)snprintf(path, sizeof path, "blob/%s", name);
	if (unlinkat(s->cas_fd, path, 0) < 0 && errno != ENOENT)
		return fail_errno(err, -errno, "remove %s/%s", s->path, path);
	return 0;
}

/* Removes what is in dir and not needed. Tells the first error and tries the rest. */
static int sweep(const Store *s, const char *dir_name, const Needed *needed, Remove *removal,
	const Collection *c, Error *err)
{
	_cleanup_close_ int fd = fd_open_dir(s->cas_fd, dir_name);
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fd_opendir(fd);
	const struct dirent *entry;
	int r = 0;

	if (!dir)
		return fail_errno(err, fd < 0 ? fd : -errno, "open %s/%s", s->path, dir_name);
	while ((entry = readdir(dir))) {
		if (!store_layer_name_valid(entry->d_name) ||
			tfind(entry->d_name, &needed->root, compare))
			continue;
		if (r == 0)
			r = removal(s, entry->d_name, c, err);
		else
			(void)removal(s, entry->d_name, c, NULL);
	}
	return r;
}

static bool is_unneeded(void *userdata, const char *name)
{
	const Needed *needed = userdata;

	return !tfind(name, &needed->root, compare);
}

static int collect(Store *s, const Collection *c, Image *const *images, size_t n, Error *err)
{
	_cleanup_(needed_done) Needed layers = {0}, blobs = {0};
	int r = need_list(&layers, c->keep->items, c->keep->n, err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		r = need_list(&layers, images[i]->layers, images[i]->n_layers, err);
		if (r == 0)
			r = need_blobs(&blobs, images[i], err);
	}
	if (r == 0)
		r = sweep(s, "tree", &layers, remove_layer, c, err);
	return r < 0 ? r : sweep(s, "blob", &blobs, remove_blob, c, err);
}

int store_collect(Store *s, const Collection *c, size_t *ret_damaged, Error *err)
{
	Image **images = NULL;
	size_t n = 0;
	int r;

	*ret_damaged = 0;
	if (s->cas_fd < 0)
		return 0;
	tmp_collect_older(s, c->max_age);
	r = image_list(s, &images, &n, ret_damaged, err);
	if (r == 0 && *ret_damaged == 0)
		r = collect(s, c, images, n, err);
	/* What of them was removed stays on the disk as long as they are mounted. */
	store_drop_views(s, c->keep);
	image_list_free(images, n);
	return r;
}

bool store_has_views(const Store *s)
{
	return s->cas_fd >= 0 && faccessat(s->cas_fd, STORE_VIEWS, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

void store_drop_views(const Store *s, const StrList *keep)
{
	_cleanup_(needed_done) Needed needed = {0};
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int views = -1;

	if (s->cas_fd < 0)
		return;
	views = view_namespace_open(s->cas_fd, STORE_VIEWS);
	if (views < 0 || need_list(&needed, keep->items, keep->n, NULL) < 0)
		return;
	if (view_namespace_sweep(views, is_unneeded, &needed) == 0 &&
		str_format(&path, "%s/" STORE_VIEWS, s->path) == 0)
		(void)umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW);
}
