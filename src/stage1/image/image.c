/* SPDX-License-Identifier: Apache-2.0 */

/* The flavor of stage1s that are images: an image's root filesystem is made for the pod, those of
 * the apps are below it, and programs in it do everything else. */

#include "stage1/flavor.h"

#include "base/fd.h"
#include "spec/liveness.h"
#include "spec/restart-policy.h"
#include "stage1/image/manifest.h"
#include "stage1/image/mounts.h"
#include "stage1/image/render.h"
#include "stage1/image/trees.h"
#include "stage1/roots.h"

/* Such a stage1 would not know what is asked of it. */
static int check_keeping(const RuntimeApp *app, Error *err)
{
	bool probed = name_values_find(&app->annotations, LIVENESS_ANNOTATION);
	RestartPolicy policy;
	int r = restart_policy_of(&app->annotations, &policy, err);

	if (r < 0)
		return wrap(err, r, "app \"%s\"", app->name);
	if (probed || policy.mode != RESTART_NO)
		return fail(err, -EOPNOTSUPP,
			"app \"%s\": a stage1 that is an image does not support %s (try without "
			"--%s, or without the stage1 image)",
			app->name, probed ? "liveness probes" : "restart policies",
			probed ? "liveness" : "restart");
	return 0;
}

/* What can be known to fail before anything is made. */
static int check(const PlanInput *in, const Image *stage1, Error *err)
{
	const char *path;
	unsigned version;
	int r = stage1_manifest_entry_point(stage1->manifest, "run", &path, err);

	if (r == 0)
		r = stage1_manifest_version(stage1->manifest, &version, err);
	if (r < 0)
		return wrap(
			err, r, "image \"%s\" cannot be used as stage1", stage1->manifest->name);
	if (pod_manifest_is_mutable(in->manifest) && !stage1_manifest_can_change(stage1->manifest))
		return fail(err, -EOPNOTSUPP, "stage1 does not support mutable pods");
	for (size_t i = 0; r == 0 && i < in->manifest->n_apps; i++)
		r = check_keeping(&in->manifest->apps[i], err);
	if (r < 0)
		return r;
	if (in->options.n_ids > 0 && !in->options.no_overlay)
		return fail(err, -EOPNOTSUPP,
			"cannot use both overlay and user namespace: not implemented yet. (Try "
			"--no-overlay)");
	return 0;
}

static int image_prepare(const Pod *pod, const PlanInput *in, const Image *stage1, Error *err)
{
	int r = 0;

	if (stage1) {
		r = check(in, stage1, err);
		if (r == 0)
			r = render_stage1(pod, in, stage1, err);
		if (r == 0 && in->options.durable)
			r = fd_write_file(pod->fd, STAGE1_DURABLE, 0644, "", 0, err);
		/* This makes it a stage1 of this flavor. */
		if (r == 0)
			r = fd_write_file(pod->fd, STAGE1_MANIFEST, 0644, stage1->manifest_text,
				stage1->manifest_len, err);
	}
	return r < 0 ? r : render_names(pod, in, err);
}

/* With overlays the rest is made where stage1's root is mounted; see stage1_mounts_arrive(). */
static int image_prepare_app(const Pod *pod, const PlanInput *in, Error *err)
{
	const char *app = in->manifest->apps[0].name;
	_cleanup_close_ int root = -1;
	int r = check_keeping(&in->manifest->apps[0], err);

	if (r < 0)
		return r;
	if (!in->options.no_overlay)
		return roots_make_overlay(pod, app, 0, err);
	root = fd_open_dir(pod->fd, STAGE1_ROOT);
	if (root < 0)
		return fail_errno(err, root, "open " STAGE1_ROOT " of pod %s", pod->uuid);
	r = render_place(pod, root, app, false, in->options.first_id, err);
	return r < 0 ? r : roots_copy(pod, in, in->options.first_id, err);
}

static int image_entry_point(const Pod *pod, const char *name, char **ret, Error *err)
{
	_cleanup_image_manifest_ ImageManifest *m = NULL;
	const char *path;
	int r = stage1_manifest_read(pod, &m, err);

	if (r == 0)
		r = stage1_manifest_entry_point(m, name, &path, err);
	if (r < 0)
		return r;
	*ret = strdup(path);
	return *ret ? 0 : fail_oom(err);
}

static int image_version(const Pod *pod, unsigned *ret, Error *err)
{
	_cleanup_image_manifest_ ImageManifest *m = NULL;
	int r = stage1_manifest_read(pod, &m, err);

	return r < 0 ? r : stage1_manifest_version(m, ret, err);
}

const Flavor flavor_image = {
	.name = "image",
	.prepare = image_prepare,
	.prepare_app = image_prepare_app,
	.forget_app = stage1_mounts_forget_app,
	.entry_point = image_entry_point,
	.root = STAGE1_ROOT,
	.arrive = stage1_mounts_arrive,
	.version = image_version,
};
