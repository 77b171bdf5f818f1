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

int pod_drop_app(const Pod *p, const PodManifest *m, const char *app, Error *err)
{
	_cleanup_free_ RuntimeApp *apps = calloc(m->n_apps + 1, sizeof *apps);
	PodManifest without = *m;

	if (!apps)
		return fail_oom(err);
	without.apps = apps;
	without.n_apps = 0;
	for (size_t i = 0; i < m->n_apps; i++)
		if (!streq(m->apps[i].name, app))
			apps[without.n_apps++] = m->apps[i];
	return write_manifest(p, &without, err);
}

int pod_delete_app(const Pod *p, const char *app, Error *err)
{
	static const char *const forms[][2] = {
		{"overlay/", ".upper"},
		{"overlay/", ".work"},
		{STATUS_DIRECTORY, "-started"},
		{STATUS_DIRECTORY, "-created"},
		{STATUS_DIRECTORY, ""},
		{"appsinfo/", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		_cleanup_free_ char *path = NULL;
		int r;

		if (str_format(&path, "%s%s%s", forms[i][0], app, forms[i][1]) < 0)
			return fail_oom(err);
		r = path_remove_tree(p->fd, path);
		if (r < 0)
			return fail_errno(err, r, "remove %s/%s", p->path, path);
	}
	return 0;
}
