/* SPDX-License-Identifier: Apache-2.0 */

/* --mount. */

#include "pod/args-internal.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "spec/ac-types.h"

static int set_volume(const char *value, void *target, Arena *arena, Error *err)
{
	Mount *m = target;

	if (!ac_name_valid(value))
		return fail(err, -EINVAL,
			"volume name \"%s\" must consist of lower-case letters, digits and \"-\"",
			value);
	m->volume = arena_strdup(arena, value);
	return m->volume ? 0 : fail_oom(err);
}

static int set_target(const char *value, void *target, Arena *arena, Error *err)
{
	Mount *m = target;

	if (value[0] != '/')
		return fail(
			err, -EINVAL, "target \"%s\" must be an absolute path in the app", value);
	m->path = arena_strdup(arena, value);
	return m->path ? 0 : fail_oom(err);
}

int args_parse_mount(const char *text, Arena *arena, Mount *ret, Error *err)
{
	static const ArgsKey keys[] = {{"volume", set_volume}, {"target", set_target}};
	unsigned seen = 0;
	Mount mount = {0};
	StrList items;
	int r;

	r = args_split_list(text, arena, &items, err);
	for (size_t i = 0; r == 0 && i < items.n; i++)
		r = args_set_key(
			items.items[i], "mount", keys, ARRAY_LEN(keys), &seen, &mount, arena, err);
	if (r < 0)
		return r;
	if (!mount.volume)
		return fail(err, -EINVAL, "volume must be set");
	if (!mount.path)
		return fail(err, -EINVAL, "target must be set");
	*ret = mount;
	return 0;
}

static int same_target(const char *a, const char *b, bool *ret)
{
	_cleanup_free_ char *clean_a = NULL, *clean_b = NULL;

	if (path_clean(a, &clean_a) < 0 || path_clean(b, &clean_b) < 0)
		return -ENOMEM;
	*ret = streq(clean_a, clean_b);
	return 0;
}

static int is_taken(const RuntimeApp *app, const char *path, bool *ret)
{
	*ret = false;
	for (size_t i = 0; i < app->n_mounts && !*ret; i++)
		if (same_target(app->mounts[i].path, path, ret) < 0)
			return -ENOMEM;
	return 0;
}

static int add_mounts(const StrList *texts, PodManifest *m, RuntimeApp *app, Error *err)
{
	for (size_t i = 0; i < texts->n; i++) {
		Mount mount;
		bool taken;
		int r = args_parse_mount(texts->items[i], &m->arena, &mount, err);

		if (r < 0)
			return wrap(err, r, "invalid argument \"%s\" for --mount", texts->items[i]);
		if (!pod_manifest_volume(m, mount.volume))
			return fail(err, -EINVAL,
				"dangling mount point \"%s\": volume \"%s\" not found", mount.path,
				mount.volume);
		if (is_taken(app, mount.path, &taken) < 0)
			return fail_oom(err);
		if (!taken)
			app->mounts[app->n_mounts++] = mount;
	}
	return 0;
}

/* A volume of the app's own, with the place that it is mounted at. */
static int add_mnt_volumes(const StrList *texts, PodManifest *m, RuntimeApp *app, Error *err)
{
	for (size_t i = 0; i < texts->n; i++) {
		Volume *volume = arena_new(&m->arena, Volume, 1);
		Mount mount = {.app_volume = volume};
		bool taken;
		int r = volume ? args_parse_mnt_volume(
					 texts->items[i], &m->arena, volume, &mount.path, err)
			       : fail_oom(err);

		if (r < 0)
			return wrap(err, r, "invalid argument \"%s\" for --mnt-volume",
				texts->items[i]);
		mount.volume = volume->name;
		if (is_taken(app, mount.path, &taken) < 0)
			return fail_oom(err);
		if (taken)
			return fail(
				err, -EEXIST, "--mnt-volume: two volumes for \"%s\"", mount.path);
		app->mounts[app->n_mounts++] = mount;
	}
	return 0;
}

int args_mounts(
	const PodArgs *args, const AppArgs *app, PodManifest *m, RuntimeApp *ret, Error *err)
{
	int r;

	ret->mounts =
		arena_new(&m->arena, Mount, app->mnt_volumes.n + app->mounts.n + args->mounts.n);
	if (!ret->mounts)
		return fail_oom(err);
	r = add_mnt_volumes(&app->mnt_volumes, m, ret, err);
	if (r == 0)
		r = add_mounts(&app->mounts, m, ret, err);
	return r < 0 ? r : add_mounts(&args->mounts, m, ret, err);
}
