/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pod-root.h"

#include <fcntl.h>
#include <sched.h>
#include "base/fd.h"
#include "base/strbuf.h"
#include "isolate/mount.h"
#include "isolate/view-namespace.h"
#include "plan/compile.h"
#include "stage1/stage1.h"

#define LOWERS_MAX (1u << 20)

static int add(StrList *list, const char *path, Arena *arena, Error *err)
{
	const char *copy = arena_strdup(arena, path);

	return !copy || str_list_add(list, copy, arena) < 0 ? fail_oom(err) : 0;
}

/* Goes to a mount namespace of its own, and to the pod's directory in there. */
static int leave_host(const Pod *pod)
{
	int r = unshare(CLONE_NEWNS) < 0 ? -errno : mount_make_slave();

	return r == 0 && chdir(pod->path) < 0 ? -errno : r;
}

/* A layer that is a view is mounted for this process, and those that it starts, alone. */
static int mount_if_view(const Pod *pod, const char *layer, bool *alone, Error *err)
{
	char dir[PLAN_LAYER_PATH_SIZE];
	int r = 0;

	if (!mount_has_view(plan_layer_dir(layer, dir)))
		return 0;
	if (!*alone)
		r = leave_host(pod);
	*alone = true;
	if (r == 0)
		r = view_namespace_mount(-1, (const char *const[]){dir}, 1);
	return r < 0 ? fail_errno(err, r, "mount the view of layer %s", layer) : 0;
}

int pod_root_dirs(const Pod *pod, const RuntimeApp *app, Arena *arena, StrList *ret, Error *err)
{
	char path[MAX((int)PLAN_COPY_SIZE, PLAN_LAYER_PATH_SIZE)];
	_cleanup_image_ Image *image = NULL;
	bool alone = false;
	int r;

	if (fchdir(pod->fd) < 0)
		return fail_errno(err, -errno, "change to the directory of pod %s", pod->uuid);
	if (!pod_has_overlay(pod))
		return add(ret, plan_copy_path(app->name, path), arena, err);
	r = pod_read_image(pod, app, &image, err);
	if (r == 0)
		r = add(ret, plan_upper_path(app->name, path), arena, err);
	for (size_t i = r == 0 ? image->n_layers : 0; r == 0 && i > 0; i--) {
		r = mount_if_view(pod, image->layers[i - 1], &alone, err);
		if (r == 0)
			r = add(ret, plan_layer_path(image->layers[i - 1], path), arena, err);
	}
	return r;
}

int pod_root_check_flavor(const Pod *pod, Error *err)
{
	const Flavor *flavor = NULL;
	int r = stage1_flavor_of(pod, &flavor, err);

	if (r == 0 && flavor != stage1_flavor(NULL))
		r = fail(err, -EOPNOTSUPP,
			"pod \"%s\" was run by another stage1, which alone knows where its files "
			"are",
			pod->uuid);
	return r;
}

/* What the kernel shows of an overlay of them; nobody else has it mounted. */
static int open_overlay(const StrList *dirs, Error *err)
{
	_cleanup_strbuf_ StrBuf list = STRBUF_INIT(LOWERS_MAX);
	_cleanup_close_ int mount = -1;
	int fd;

	for (size_t i = 0; i < dirs->n; i++)
		strbuf_add(&list, dirs->items[i], strlen(dirs->items[i]) + 1);
	if (list.error)
		return fail_oom(err);
	mount = mount_create_overlay(strbuf_text(&list), (uint32_t)list.len, "", "", false);
	/* It cannot be read by itself, only by what is opened in it. */
	fd = mount < 0 ? mount : fd_open_dir(mount, ".");
	return fd < 0 ? fail_errno(err, fd, "mount the overlay of %s", dirs->items[0]) : fd;
}

static int open_ended(const Pod *pod, const RuntimeApp *app, Arena *arena, Error *err)
{
	StrList dirs = {0};
	int fd, r = pod_root_dirs(pod, app, arena, &dirs, err);

	if (r < 0)
		return r;
	if (dirs.n > 1)
		return open_overlay(&dirs, err);
	fd = fd_open_dir(AT_FDCWD, dirs.items[0]);
	return fd < 0 ? fail_errno(err, fd, "open %s", dirs.items[0]) : fd;
}

bool pod_root_exists(const Pod *pod, const PodManifest *m, const char *app)
{
	PodAppTimes times;

	if (!pod_manifest_is_mutable(m))
		return true;
	pod_app_times(pod, app, &times);
	/* What another stage1 notes about apps is its own business. */
	return times.created_at != 0 || pod_root_check_flavor(pod, NULL) < 0;
}

int pod_root_check(const Pod *pod, const PodManifest *m, const char *app, Error *err)
{
	if (pod_root_exists(pod, m, app))
		return 0;
	(void)fail(err, -EINVAL, "app \"%s\" was not started since its pod was", app);
	error_hint(err, "\"rkt app start %s --app=%s\" starts it", pod->uuid, app);
	return -EINVAL;
}

int pod_root_open(const Pod *pod, const PodManifest *m, const char *app, Arena *arena, Error *err)
{
	size_t i = 0;
	int r = 0;

	if (pod->state == POD_RUNNING) {
		r = pod_root_check(pod, m, app, err);
		return r < 0 ? r : stage1_open_root(pod, m, app, err);
	}
	r = pod_root_check_flavor(pod, err);
	if (r < 0)
		return r;
	while (!streq(m->apps[i].name, app))
		i++;
	return open_ended(pod, &m->apps[i], arena, err);
}
