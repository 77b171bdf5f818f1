/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/info.h"

#include "base/fd.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "pod/pod-internal.h"
#include "spec/restart-policy.h"

#define LOOKS 5 /* more than a pod has states ahead of it, and apps that go meanwhile */

const char *app_state_name(AppState state)
{
	static const char *const names[] = {
		[APP_UNKNOWN] = "unknown",
		[APP_CREATED] = "created",
		[APP_RUNNING] = "running",
		[APP_EXITED] = "exited",
	};

	return names[state];
}

PodInfo *pod_info_free(PodInfo *info)
{
	if (!info)
		return NULL;
	for (size_t i = 0; i < info->n_apps; i++) {
		free(info->apps[i].mounts);
	}
	free(info->apps);
	for (size_t i = 0; i < info->n_problems; i++)
		free(info->problems[i]);
	free(info->problems);
	pod_networks_free(info->networks, info->n_networks);
	pod_manifest_free(info->manifest);
	free(info->name);
	free(info);
	return NULL;
}

struct PodImage {
	char *id;
	ImageManifest *manifest;
	char *name; /* "name:version" */
};

static void image_done(struct PodImage *image)
{
	free(image->id);
	free(image->name);
	image_manifest_free(image->manifest);
}

void pod_images_done(PodImages *images)
{
	for (size_t i = 0; i < images->n; i++)
		image_done(&images->items[i]);
	free(images->items);
	*images = (PodImages)POD_IMAGES_INIT;
}

static int add_problem(PodInfo *info, const Error *problem)
{
	char text[2 * ERROR_TEXT];
	char **bigger = reallocarray(info->problems, info->n_problems + 1, sizeof *bigger);

	if (!bigger)
		return -ENOMEM;
	info->problems = bigger;
	info->problems[info->n_problems] = strdup(error_message(problem, text, sizeof text));
	if (!info->problems[info->n_problems])
		return -ENOMEM;
	info->n_problems++;
	return 0;
}

/* Whether files may be missing or cut off: not written yet, or deleted already. */
static bool is_incomplete(PodState state)
{
	switch (state) {
	case POD_EMBRYO:
	case POD_PREPARING:
	case POD_ABORTED_PREPARE:
	case POD_DELETING:
	case POD_EXITED_DELETING:
	case POD_GARBAGE: return true;
	case POD_PREPARED:
	case POD_RUNNING:
	case POD_EXITED:
	case POD_EXITED_GARBAGE: break;
	}
	return false;
}

/* A part of the pod could not be read: notes it, if it should have been there. */
static int missing(const Pod *p, PodInfo *info, int r, const char *what, Error *problem)
{
	if (r == -ENOMEM)
		return r;
	/* A collection that was killed has deleted it. */
	if (is_incomplete(p->state) || (p->state == POD_EXITED_GARBAGE && r == -ENOENT))
		return 0;
	(void)wrap(problem, r, "pod \"%s\": cannot read %s", p->uuid, what);
	return add_problem(info, problem);
}

static AppState state_in(PodState state)
{
	switch (state) {
	case POD_EMBRYO:
	case POD_PREPARING:
	case POD_ABORTED_PREPARE: return APP_UNKNOWN;
	case POD_PREPARED: return APP_CREATED;
	case POD_RUNNING: return APP_RUNNING;
	case POD_EXITED:
	case POD_EXITED_GARBAGE:
	case POD_EXITED_DELETING:
	case POD_GARBAGE:
	case POD_DELETING: break;
	}
	return APP_EXITED;
}

static bool mount_point_read_only(const App *app, const char *path)
{
	for (size_t i = 0; app && i < app->n_mount_points; i++)
		if (streq(app->mount_points[i].path, path))
			return app->mount_points[i].read_only;
	return false;
}

static int add_mounts(const PodManifest *m, const RuntimeApp *app, const App *config, AppInfo *info)
{
	if (app->n_mounts == 0)
		return 0;
	info->mounts = calloc(app->n_mounts, sizeof *info->mounts);
	if (!info->mounts)
		return -ENOMEM;
	for (size_t i = 0; i < app->n_mounts; i++) {
		const Mount *mount = &app->mounts[i];
		const Volume *volume = pod_manifest_mounted(m, mount);

		info->mounts[i] = (AppMountInfo){
			.name = mount->volume,
			.container_path = mount->path,
			.host_path = volume && volume->source ? volume->source : "",
			.read_only = volume && volume->read_only >= 0
					     ? volume->read_only
					     : mount_point_read_only(config, mount->path),
		};
	}
	info->n_mounts = app->n_mounts;
	return 0;
}

/* Reads the image manifest that was saved with the app. */
static int read_image(const Pod *p, const char *app, ImageManifest **ret, Error *err)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	size_t len;
	int r;

	if (str_format(&path, "appsinfo/%s/manifest", app) < 0)
		return fail_oom(err);
	r = fd_read_file(p->fd, path, IMAGE_MANIFEST_MAX, &text, &len, err);
	return r < 0 ? r : image_manifest_parse(text, len, ret, err);
}

static void use_image(AppInfo *app, const struct PodImage *image)
{
	app->image = image->manifest;
	app->image_name = image->name;
}

/* Takes image over. */
static int keep_image(PodImages *images, struct PodImage *image)
{
	struct PodImage *bigger = reallocarray(images->items, images->n + 1, sizeof *bigger);

	if (!bigger) {
		image_done(image);
		return -ENOMEM;
	}
	images->items = bigger;
	images->items[images->n++] = *image;
	return 0;
}

static int add_image(const Pod *p, PodImages *images, PodInfo *info, AppInfo *app)
{
	struct PodImage image = {.id = NULL};
	Error problem = ERROR_INIT;
	int r;

	for (size_t i = 0; i < images->n; i++)
		if (streq(images->items[i].id, app->image_id)) {
			use_image(app, &images->items[i]);
			return 0;
		}
	r = read_image(p, app->name, &image.manifest, &problem);
	if (r < 0)
		return missing(p, info, r, "the image manifest of an app", &problem);
	r = image_manifest_display_name(image.manifest, &image.name);
	image.id = r == 0 ? strdup(app->image_id) : NULL;
	if (!image.id) {
		image_done(&image);
		return -ENOMEM;
	}
	r = keep_image(images, &image);
	if (r == 0)
		use_image(app, &image);
	return r;
}

/* The course of an app that lives as long as its pod. */
static void follow_pod(const Pod *p, const PodInfo *info, AppInfo *ret)
{
	ret->state = state_in(p->state);
	ret->created_at = info->created_at;
	ret->started_at = info->started_at;
	ret->finished_at = info->gc_marked_at;
	if (pod_has_run(p) && pod_read_app_status(p, ret->name, &ret->exit_code) == 0) {
		ret->has_exit_code = true;
		ret->oom_killed = pod_app_memory_killed(p, ret->name);
		ret->state = APP_EXITED;
	}
}

/* The course of an app that comes and goes: its own files tell. Of one that ran when its pod was
 * killed nobody knows how it ended. */
static void follow_files(const Pod *p, const PodInfo *info, AppInfo *ret)
{
	PodAppTimes times;

	pod_app_times(p, ret->name, &times);
	ret->created_at = times.created_at;
	ret->started_at = times.started_at;
	ret->finished_at = times.finished_at;
	ret->state = times.finished_at ? APP_EXITED : times.started_at ? APP_RUNNING : APP_CREATED;
	if (ret->state == APP_RUNNING && p->state != POD_RUNNING) {
		ret->state = APP_EXITED;
		ret->finished_at = info->gc_marked_at;
	}
	ret->has_exit_code = ret->state == APP_EXITED;
	ret->oom_killed = ret->has_exit_code && pod_app_memory_killed(p, ret->name);
	if (ret->has_exit_code && pod_read_app_status(p, ret->name, &ret->exit_code) < 0)
		ret->exit_code = 1;
}

static void add_course(const Pod *p, const PodInfo *info, const RuntimeApp *app, AppInfo *ret)
{
	if (name_values_find(&app->annotations, RESTART_ANNOTATION))
		ret->restarts = pod_app_restarts(p, app->name);
	if (pod_manifest_is_mutable(info->manifest))
		follow_files(p, info, ret);
	else
		follow_pod(p, info, ret);
}

static int add_app(const Pod *p, PodInfoExtent extent, PodImages *images, PodInfo *info,
	const RuntimeApp *app, AppInfo *ret)
{
	const App *config = app->has_app ? &app->app : NULL;
	int r;

	ret->name = app->name;
	ret->image_id = app->image_id;
	if (extent == POD_INFO_WHOLE)
		add_course(p, info, app, ret);
	r = add_image(p, images, info, ret);
	if (r < 0)
		return r;
	if (!config && ret->image && ret->image->has_app)
		config = &ret->image->app;
	if (config) {
		ret->user_annotations = config->user_annotations;
		ret->user_labels = config->user_labels;
	}
	return add_mounts(info->manifest, app, config, ret);
}

static int add_apps(const Pod *p, PodInfoExtent extent, PodImages *images, PodInfo *info)
{
	Error problem = ERROR_INIT;
	int r = pod_read_manifest(p, &info->manifest, &problem);

	if (r < 0)
		return missing(p, info, r, "the pod manifest", &problem);
	info->user_annotations = info->manifest->user_annotations;
	info->user_labels = info->manifest->user_labels;
	if (info->manifest->n_apps == 0)
		return 0;
	info->apps = calloc(info->manifest->n_apps, sizeof *info->apps);
	if (!info->apps)
		return -ENOMEM;
	for (size_t i = 0; i < info->manifest->n_apps && r == 0; i++)
		r = add_app(p, extent, images, info, &info->manifest->apps[i],
			&info->apps[info->n_apps++]);
	return r;
}

static int add_name(const Pod *p, PodInfo *info)
{
	Error problem = ERROR_INIT;
	int r = pod_read_name(p, &info->name);

	if (r < 0)
		(void)fail_errno(&problem, r, "open %s/name", p->path);
	return r < 0 ? missing(p, info, r, "its name", &problem) : 0;
}

static int add_networks(const Pod *p, PodInfo *info)
{
	Error problem = ERROR_INIT;
	int r;

	if (!pod_has_run(p))
		return 0;
	r = pod_read_networks(p, POD_NETWORKS_FILE, &info->networks, &info->n_networks, &problem);
	return r < 0 ? missing(p, info, r, "its networks", &problem) : 0;
}

int pod_info(const Pod *p, PodInfoExtent extent, PodImages *images, PodInfo **ret, Error *err)
{
	_cleanup_pod_info_ PodInfo *info = calloc(1, sizeof *info);

	if (!info)
		return fail_oom(err);
	memcpy(info->uuid, p->uuid, UUID_TEXT);
	info->state = p->state;
	info->created_at = pod_created_at(p);
	info->started_at = pod_started_at(p);
	info->gc_marked_at = pod_gc_marked_at(p);
	if ((extent == POD_INFO_WHOLE && add_name(p, info) < 0) ||
		add_apps(p, extent, images, info) < 0 || add_networks(p, info) < 0)
		return fail_oom(err);
	*ret = TAKE_PTR(info);
	return 0;
}

int pod_look(const Pods *pods, Pod **p, PodInfoExtent extent, PodImages *images, PodInfo **ret,
	Error *err)
{
	for (unsigned looks = 1;; looks++) {
		_cleanup_pod_info_ PodInfo *info = NULL;
		_cleanup_pod_ Pod *now = NULL;
		int r = pod_info(*p, extent, images, &info, err);

		if (r == 0 && info->n_problems > 0 && looks < LOOKS)
			r = pod_open(pods, (*p)->uuid, &now, err);
		if (r < 0)
			return r;
		if (!now) {
			*ret = TAKE_PTR(info);
			return 0;
		}
		pod_free(*p);
		*p = TAKE_PTR(now);
	}
}
