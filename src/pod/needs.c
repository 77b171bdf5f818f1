/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/needs.h"

#include <limits.h>
#include <stdio.h>
#include "base/fd.h"
#include "pod/pod-internal.h"

void pod_needs_done(PodNeeds *n)
{
	arena_done(&n->arena);
}

bool pod_needs_has(const StrList *list, const char *word)
{
	for (size_t i = 0; i < list->n; i++)
		if (streq(list->items[i], word))
			return true;
	return false;
}

static int add(PodNeeds *n, StrList *list, const char *word, Error *err)
{
	const char *copy;

	if (pod_needs_has(list, word))
		return 0;
	copy = arena_strdup(&n->arena, word);
	return !copy || str_list_add(list, copy, &n->arena) < 0 ? fail_oom(err) : 0;
}

/* The layers in a file of the pod, one on a line, if there is one. */
static int add_layers(PodNeeds *n, const Pod *p, const char *file, Error *err)
{
	_cleanup_free_ char *text = NULL;
	char *rest, *line;
	int r = fd_read_file(p->fd, file, POD_LAYERS_MAX, &text, NULL, err);

	if (r == -ENOENT || r == -ENOTDIR)
		return 0;
	rest = text;
	while (r == 0 && (line = strsep(&rest, "\n")))
		if (*line)
			r = add(n, &n->layers, line, err);
	return r;
}

/* name: the one that it has for each app. */
static int add_apps_layers(PodNeeds *n, const Pod *p, const char *name, Error *err)
{
	_cleanup_close_ int fd = fd_open_dir(p->fd, "appsinfo");
	_cleanup_closedir_ DIR *dir = fd < 0 ? NULL : fd_opendir(fd);
	char file[NAME_MAX + sizeof "appsinfo//" POD_MOUNTED_LAYERS];
	const struct dirent *entry;
	int r = 0;

	if (fd == -ENOENT)
		return 0;
	if (!dir)
		return fail_errno(err, fd < 0 ? fd : -errno, "open %s/appsinfo", p->path);
	while (r == 0 && (errno = 0, entry = readdir(dir))) {
		(void)snprintf(file, sizeof file, "appsinfo/%s/%s", entry->d_name, name);
		if (entry->d_name[0] != '.')
			r = add_layers(n, p, file, err);
	}
	return r == 0 && errno ? fail_errno(err, -errno, "read %s/appsinfo", p->path) : r;
}

static int add_images(PodNeeds *n, const Pod *p, Error *err)
{
	PodManifest *m = NULL;
	int r = pod_read_manifest(p, &m, err);

	if (r == -ENOENT)
		return 0;
	for (size_t i = 0; r == 0 && i < m->n_apps; i++) {
		char key[STORE_KEY_LEN + 1];

		/* Whoever writes a manifest may give more digits. */
		(void)snprintf(key, sizeof key, "%s", m->apps[i].image_id);
		r = add(n, &n->images, key, err);
	}
	pod_manifest_free(m);
	return r;
}

static int add_pod(PodNeeds *n, const Pod *p, Error *err)
{
	int r = add_apps_layers(n, p, POD_MOUNTED_LAYERS, err);

	if (r == 0)
		r = add_layers(n, p, POD_STAGE1_TREES_FILE, err);
	if (r < 0 || p->state == POD_EXITED || p->state == POD_EXITED_GARBAGE ||
		p->state == POD_EXITED_DELETING)
		return r;
	r = add_apps_layers(n, p, POD_COPIED_LAYERS, err);
	return r < 0 ? r : add_images(n, p, err);
}

static int add_dir(PodNeeds *n, const Pods *pods, PodDir dir, Error *err)
{
	char **uuids = NULL;
	size_t n_uuids = 0;
	int r = pod_dir_scan(pods, dir, &uuids, &n_uuids, err);

	for (size_t i = 0; r == 0 && i < n_uuids; i++) {
		_cleanup_pod_ Pod *p = NULL;

		/* One that went on is found in a later directory. */
		r = pod_open_in(pods, dir, uuids[i], &p, err);
		if (r == 0)
			r = add_pod(n, p, err);
		else if (r == -ENOENT)
			r = 0;
		if (r < 0)
			r = wrap(err, r, "cannot tell what pod \"%s\" needs", uuids[i]);
	}
	pod_uuids_free(uuids, n_uuids);
	return r;
}

int pod_needs_find(const Pods *pods, PodNeeds *ret, Error *err)
{
	static const PodDir dirs[] = {
		POD_DIR_PREPARE, POD_DIR_PREPARED, POD_DIR_RUN, POD_DIR_EXITED_GARBAGE};
	PodNeeds n = {.arena = {0}};
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(dirs) && pods->fd >= 0; i++)
		r = add_dir(&n, pods, dirs[i], err);
	if (r < 0)
		pod_needs_done(&n);
	else
		*ret = n;
	return r;
}
