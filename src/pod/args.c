/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/args.h"

#include <unistd.h>
#include "base/cleanup.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "pod/args-internal.h"
#include "spec/ac-types.h"

/* --name, or what the image's name ends in. */
static int choose_name(const AppArgs *args, Arena *arena, const char **ret, Error *err)
{
	_cleanup_free_ char *sanitized = NULL;
	const char *image_name = args->found->manifest->name;

	if (!args->name) {
		int r = ac_name_sanitize(path_base(image_name), &sanitized);

		if (r == -ENOMEM)
			return fail_oom(err);
		if (r < 0)
			return fail(err, r,
				"image name \"%s\" makes no app name, give one with --name",
				image_name);
	}
	*ret = arena_strdup(arena, args->name ? args->name : sanitized);
	return *ret ? 0 : fail_oom(err);
}

/* An app for an image that brings none: it runs as whoever calls. */
static int invent_app(Arena *arena, App *ret, Error *err)
{
	_cleanup_free_ char *user = NULL, *group = NULL;
	App app = {0};

	if (str_format(&user, "%u", getuid()) < 0 || str_format(&group, "%u", getgid()) < 0)
		return fail_oom(err);
	app.user = arena_strdup(arena, user);
	app.group = arena_strdup(arena, group);
	if (!app.user || !app.group)
		return fail_oom(err);
	*ret = app;
	return 0;
}

static int copy_labels(const NameValues *labels, Arena *arena, NameValues *ret)
{
	NameValues copy = {.items = arena_new(arena, NameValue, labels->n), .n = labels->n};

	if (!copy.items)
		return -ENOMEM;
	for (size_t i = 0; i < labels->n; i++) {
		copy.items[i].name = arena_strdup(arena, labels->items[i].name);
		copy.items[i].value = arena_strdup(arena, labels->items[i].value);
		if (!copy.items[i].name || !copy.items[i].value)
			return -ENOMEM;
	}
	*ret = copy;
	return 0;
}

/* Says which image the app comes from. */
static int note_image(const Image *image, Arena *arena, RuntimeApp *ret, Error *err)
{
	ret->image_id = arena_strdup(arena, image->key);
	ret->image_name = arena_strdup(arena, image->manifest->name);
	if (!ret->image_id || !ret->image_name ||
		copy_labels(&image->manifest->labels, arena, &ret->image_labels) < 0)
		return fail_oom(err);
	return 0;
}

/* The image's app in memory of the pod manifest, which may outlive the image. */
static int copy_app(const Image *image, Arena *arena, App *ret, Error *err)
{
	_cleanup_(arena_done) Arena between = {0};
	const Json *json = app_to_json(&between, &image->manifest->app);

	if (!json)
		return fail_oom(err);
	return app_parse(json, "app", arena, ret, err);
}

static int generate_app(
	const PodArgs *pod, const AppArgs *args, PodManifest *m, RuntimeApp *ret, Error *err)
{
	const ImageManifest *image = args->found->manifest;
	Arena *arena = &m->arena;
	int r;

	if (!image->has_app && !args->exec)
		return fail(err, -EINVAL,
			"error: image %s has no app section and --exec argument is not provided",
			args->image);
	ret->has_app = true;
	ret->read_only_rootfs = args->read_only_rootfs == 1;
	r = image->has_app ? copy_app(args->found, arena, &ret->app, err)
			   : invent_app(arena, &ret->app, err);
	if (r == 0)
		r = note_image(args->found, arena, ret, err);
	return r < 0 ? r : args_app(pod, args, m, ret, err);
}

static int generate_apps(const PodArgs *args, PodManifest *m, Error *err)
{
	m->apps = arena_new(&m->arena, RuntimeApp, args->n_apps);
	if (!m->apps)
		return fail_oom(err);
	for (size_t i = 0; i < args->n_apps; i++) {
		RuntimeApp *app = &m->apps[i];
		int r = choose_name(&args->apps[i], &m->arena, &app->name, err);

		if (r < 0)
			return r;
		for (size_t k = 0; k < i; k++)
			if (streq(m->apps[k].name, app->name))
				return fail(err, -EEXIST, "error: multiple apps with name %s",
					app->name);
		r = generate_app(args, &args->apps[i], m, app, err);
		if (r < 0)
			return r;
		m->n_apps++;
	}
	return 0;
}

/* What was said about the pod itself, and whether its apps come and go. */
static int annotate(const PodArgs *args, PodManifest *m, Error *err)
{
	NameValues given = {0};
	int r;

	r = args_annotations(&args->annotations, &m->arena, &given, err);
	if (r == 0)
		r = args_map(&args->user_annotations, "--user-annotation", &m->arena,
			&m->user_annotations, err);
	if (r == 0)
		r = args_map(&args->user_labels, "--user-label", &m->arena, &m->user_labels, err);
	if (r < 0)
		return r;
	m->annotations.items = arena_new(&m->arena, NameValue, given.n + 1);
	if (!m->annotations.items)
		return fail_oom(err);
	m->annotations.items[m->annotations.n++] = (NameValue){
		.name = POD_MUTABLE_ANNOTATION, .value = args->mutable ? "true" : "false"};
	for (size_t i = 0; i < given.n; i++)
		if (!streq(given.items[i].name, POD_MUTABLE_ANNOTATION))
			m->annotations.items[m->annotations.n++] = given.items[i];
	return 0;
}

/* Reads all options into a manifest that nobody will see: what is wrong with them is wrong with
 * any image. */
int pod_args_check(PodArgs *args, Arena *arena, Error *err)
{
	_cleanup_pod_manifest_ PodManifest *m = calloc(1, sizeof *m);
	int r;

	if (!m)
		return fail_oom(err);
	r = args_common_environment(args, arena, err);
	if (r == 0)
		r = args_volumes(args, m, err);
	if (r == 0)
		r = args_ports(args, m, err);
	for (size_t i = 0; i < args->n_apps && r == 0; i++)
		r = args_app(args, &args->apps[i], m, &(RuntimeApp){0}, err);
	return r;
}

int pod_manifest_generate(const PodArgs *args, PodManifest **ret, Error *err)
{
	_cleanup_pod_manifest_ PodManifest *m = calloc(1, sizeof *m);
	int r;

	if (!m)
		return fail_oom(err);
	m->ac_version = RKT_VERSION;
	r = args_volumes(args, m, err);
	if (r == 0)
		r = generate_apps(args, m, err);
	if (r == 0)
		r = annotate(args, m, err);
	if (r == 0)
		r = args_ports(args, m, err);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(m);
	return 0;
}
