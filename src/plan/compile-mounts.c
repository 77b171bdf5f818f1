/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/compile-internal.h"

#include <stdio.h>

/* A mount point of the image that a path of the app stands for, NULL when there is none. */
static const MountPoint *find_mount_point(const App *app, const char *path)
{
	for (size_t i = 0; i < app->n_mount_points; i++)
		if (streq(app->mount_points[i].path, path))
			return &app->mount_points[i];
	return NULL;
}

static bool is_mounted(const RuntimeApp *app, const char *path)
{
	for (size_t i = 0; i < app->n_mounts; i++)
		if (streq(app->mounts[i].path, path))
			return true;
	return false;
}

static void add_bind(
	AppCompile *c, const char *path, const char *source, bool read_only, bool recursive)
{
	plan_add(c->b, (PlanOp){
			       .code = PLAN_BIND,
			       .flags = (read_only ? PLAN_BIND_READONLY : 0) |
					(recursive ? PLAN_BIND_RECURSIVE : 0),
			       .path = plan_put_string(c->b, path),
			       .source = plan_put_string(c->b, source),
		       });
}

/* Where an empty volume lives, relative to the pod's directory. */
static const char *empty_source(const char *volume, char *buf, size_t size)
{
	(void)snprintf(buf, size, "sharedVolumes/%s", volume);
	return buf;
}

static void add_volume(AppCompile *c, const Volume *v, const char *path)
{
	const MountPoint *point = find_mount_point(c->app, path);
	bool read_only = v->read_only >= 0 ? v->read_only : point && point->read_only;
	char empty[PLAN_NAME_MAX + 32];

	if (v->kind == VOLUME_EMPTY)
		add_bind(c, path, empty_source(v->name, empty, sizeof empty), read_only, false);
	else
		add_bind(c, path, v->source, read_only, v->recursive != 0);
}

int compile_mounts(AppCompile *c, Error *err)
{
	const RuntimeApp *runtime = c->runtime;

	for (size_t i = 0; i < runtime->n_mounts; i++) {
		const Mount *mount = &runtime->mounts[i];
		const Volume *v = pod_manifest_mounted(c->in->manifest, mount);

		if (!v)
			return fail(err, -EINVAL, "could not find volume \"%s\" of app \"%s\"",
				mount->volume, runtime->name);
		add_volume(c, v, mount->path);
	}
	for (size_t i = 0; i < c->app->n_mount_points; i++) {
		const MountPoint *point = &c->app->mount_points[i];
		const Volume *v = pod_manifest_volume(c->in->manifest, point->name);
		char implicit[2 * PLAN_NAME_MAX], source[3 * PLAN_NAME_MAX];

		if (is_mounted(runtime, point->path))
			continue;
		if (v) {
			add_volume(c, v, point->path);
			continue;
		}
		/* An empty volume of its own, made with the pod's directory. */
		(void)snprintf(implicit, sizeof implicit, "%s-%s", runtime->name, point->name);
		add_bind(c, point->path, empty_source(implicit, source, sizeof source),
			point->read_only, false);
	}
	return 0;
}
