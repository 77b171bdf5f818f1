/* SPDX-License-Identifier: Apache-2.0 */

/* Apps that come and go while a pod runs, as far as they are files. */

#include "pod/pod.h"

#include "base/atomic-file.h"
#include "base/lock.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "pod/pod-internal.h"

#define STATUS_DIRECTORY "stage1/rootfs/rkt/status/"

int pod_lock_manifest(const Pod *p, Error *err)
{
	return lock_file(p->fd, "pod.lck", LOCK_MODE_EXCLUSIVE, true, err);
}

static int write_manifest(const Pod *p, const PodManifest *m, Error *err)
{
	_cleanup_free_ char *text = NULL;
	int r = pod_manifest_print(m, &text, err);

	return r < 0 ? r : atomic_write(p->fd, "pod", POD_MANIFEST_MODE, text, strlen(text), err);
}

int pod_append_app(const Pod *p, const PodManifest *m, const RuntimeApp *app, Error *err)
{
	_cleanup_free_ RuntimeApp *apps = calloc(m->n_apps + 1, sizeof *apps);
	PodManifest with = *m;

	if (!apps)
		return fail_oom(err);
	if (m->n_apps > 0)
		memcpy(apps, m->apps, m->n_apps * sizeof *apps);
	apps[m->n_apps] = *app;
	with.apps = apps;
	with.n_apps++;
	return write_manifest(p, &with, err);
}

static int remove_file(
	const Pod *p, const char *prefix, const char *name, const char *suffix, Error *err)
{
	_cleanup_free_ char *path = NULL;
	int r;

	if (str_format(&path, "%s%s%s", prefix, name, suffix) < 0)
		return fail_oom(err);
	r = path_remove_tree(p->fd, path);
	return r < 0 ? fail_errno(err, r, "remove %s/%s", p->path, path) : 0;
}

int pod_forget_app(const Pod *p, const char *app, Error *err)
{
	return remove_file(p, "appsinfo/", app, "", err);
}

int pod_drop_app(const Pod *p, const PodManifest *m, const char *app, Error *err)
{
	_cleanup_free_ RuntimeApp *apps = calloc(m->n_apps + 1, sizeof *apps);
	PodManifest without = *m;
	int r;

	if (!apps)
		return fail_oom(err);
	without.apps = apps;
	without.n_apps = 0;
	for (size_t i = 0; i < m->n_apps; i++)
		if (!streq(m->apps[i].name, app))
			apps[without.n_apps++] = m->apps[i];
	r = write_manifest(p, &without, err);
	return r < 0 ? r : pod_forget_app(p, app, err);
}

/* The empty volumes that no other app can have. */
static int remove_volumes(const Pod *p, const RuntimeApp *app, Error *err)
{
	_cleanup_free_ char *prefix = NULL;
	int r = 0;

	if (str_format(&prefix, "sharedVolumes/%s-", app->name) < 0)
		return fail_oom(err);
	for (size_t i = 0; i < app->n_mounts && r == 0; i++)
		if (app->mounts[i].app_volume)
			r = remove_file(p, prefix, app->mounts[i].app_volume->name, "", err);
	for (size_t i = 0; app->has_app && i < app->app.n_mount_points && r == 0; i++)
		r = remove_file(p, prefix, app->app.mount_points[i].name, "", err);
	return r;
}

int pod_delete_app(const Pod *p, const RuntimeApp *app, Error *err)
{
	static const char *const forms[][2] = {
		{"overlay/", ".upper"},
		{"overlay/", ".work"},
		{"stage1/rootfs/opt/stage2/", ""},
		{"logs/", ".log"},
		{"logs/", ".log.1"},
		{"stage1/rootfs/rkt/iottymux/", ""},
		{"stage1/rootfs/rkt/memory-killed/", ""},
		{"stage1/rootfs/rkt/restarts/", ""},
		{STATUS_DIRECTORY, "-started"},
		{STATUS_DIRECTORY, "-created"},
		{STATUS_DIRECTORY, ""},
		{STATUS_DIRECTORY ".", ""},
	};
	int r = remove_volumes(p, app, err);

	for (size_t i = 0; i < ARRAY_LEN(forms) && r == 0; i++)
		r = remove_file(p, forms[i][0], app->name, forms[i][1], err);
	return r;
}
