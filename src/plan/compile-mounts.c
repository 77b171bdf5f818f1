/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/compile-internal.h"

#include "base/cleanup.h"
#include "base/path.h"

/* A mount point of the image that a path of the app stands for, NULL when there is none. */
static const MountPoint *find_mount_point(const App *app, const char *path)
{
	for (size_t i = 0; i < app->n_mount_points; i++)
		if (app_same_path(app->mount_points[i].path, path))
			return &app->mount_points[i];
	return NULL;
}

static bool is_mounted(const RuntimeApp *app, const char *path)
{
	for (size_t i = 0; i < app->n_mounts; i++)
		if (app_same_path(app->mounts[i].path, path))
			return true;
	return false;
}

static int add_bind(AppCompile *c, const char *path, const char *source, bool read_only,
	bool recursive, Error *err)
{
	_cleanup_free_ char *clean = NULL;

	if (path_clean(path, &clean) < 0)
		return fail_oom(err);
	plan_add_bind(c->b, clean, source,
		(read_only ? PLAN_BIND_READONLY : 0) | (recursive ? PLAN_BIND_RECURSIVE : 0));
	return 0;
}

/* An empty volume, which lives in the pod's directory. */
static int add_empty(
	AppCompile *c, const char *path, const char *volume, bool read_only, Error *err)
{
	_cleanup_free_ char *source = NULL;

	if (str_format(&source, "sharedVolumes/%s", volume) < 0)
		return fail_oom(err);
	return add_bind(c, path, source, read_only, false, err);
}

/* One that no other app has, kept under the app's name too. */
static int add_own(AppCompile *c, const char *path, const char *volume, bool read_only, Error *err)
{
	_cleanup_free_ char *own = NULL;

	if (str_format(&own, "%s-%s", c->runtime->name, volume) < 0)
		return fail_oom(err);
	return add_empty(c, path, own, read_only, err);
}

static int add_volume(AppCompile *c, const Volume *v, const char *path, bool own, Error *err)
{
	const MountPoint *point = find_mount_point(c->app, path);
	bool read_only = v->read_only >= 0 ? v->read_only : point && point->read_only;

	if (v->kind == VOLUME_EMPTY) {
		int r = compile_check_ids(c->in, v->uid, v->gid, err);

		if (r < 0)
			return wrap(err, r, "volume \"%s\"", v->name);
		return own ? add_own(c, path, v->name, read_only, err)
			   : add_empty(c, path, v->name, read_only, err);
	}
	return add_bind(c, path, v->source, read_only, v->recursive != 0, err);
}

/* What the pod says to be mounted. */
static int compile_given(AppCompile *c, const Mount *mount, Error *err)
{
	const Volume *v = pod_manifest_mounted(c->in->manifest, mount);

	if (!v)
		return fail(err, -EINVAL, "could not find volume \"%s\" of app \"%s\"",
			mount->volume, c->runtime->name);
	return add_volume(c, v, mount->path, v == mount->app_volume, err);
}

/* The volume of the mount point's name, or an empty one of its own. */
static int compile_mount_point(AppCompile *c, const MountPoint *point, Error *err)
{
	const Volume *v = pod_manifest_volume(c->in->manifest, point->name);

	if (pod_manifest_is_implicit(c->in->manifest, c->runtime, point))
		return add_own(c, point->path, point->name, point->read_only, err);
	if (is_mounted(c->runtime, point->path))
		return 0;
	return add_volume(c, v, point->path, false, err);
}

int compile_mounts(AppCompile *c, Error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->runtime->n_mounts; i++)
		r = compile_given(c, &c->runtime->mounts[i], err);
	for (size_t i = 0; r == 0 && i < c->app->n_mount_points; i++)
		r = compile_mount_point(c, &c->app->mount_points[i], err);
	return r;
}
