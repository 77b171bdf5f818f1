/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/find-image.h"
#include "cli/launch.h"
#include "cli/mutable-pod.h"
#include "cli/run-options.h"
#include "stage1/stage1.h"

/* What the image argument means, in the store only. */
static int load_image(AppArgs *app, Launch *l, Error *err)
{
	char key[STORE_KEY_LEN + 1];
	int r = image_find_stored(&l->store, app->image, key, err);

	if (r == 0)
		r = launch_load_image(l, key, err);
	if (r == 0)
		app->found = l->images[0];
	return r;
}

static int describe(AppArgs *app, const MutablePod *m, Launch *l, Arena *arena, Error *err)
{
	PodArgs args = {.apps = app, .n_apps = 1, .mutable = true};
	int r = pod_args_check(&args, arena, err);

	if (r == 0)
		r = pod_manifest_generate(&args, &l->manifest, err);
	if (r < 0)
		return r;
	/* What the pod's annotations say holds for its apps. */
	l->manifest->annotations = m->manifest->annotations;
	if (endswith(l->manifest->apps[0].name, "-created") ||
		endswith(l->manifest->apps[0].name, "-started"))
		return fail(err, -EINVAL,
			"\"%s\" cannot be the name of an app of this pod: names that end in "
			"\"-created\" or \"-started\" are those of files about other apps",
			l->manifest->apps[0].name);
	for (size_t i = 0; i < m->manifest->n_apps; i++)
		if (streq(m->manifest->apps[i].name, l->manifest->apps[0].name))
			return fail(err, -EEXIST, "error: multiple apps with name %s",
				l->manifest->apps[0].name);
	return 0;
}

static int add(const Invocation *inv, const MutablePod *m, const Launch *l, Error *err)
{
	const RuntimeApp *app = &l->manifest->apps[0];
	/* An earlier attempt may have been killed. */
	int r = pod_delete_app(m->pod, app, err);

	if (r == 0)
		r = pod_write_app(m->pod, &l->store, app, l->images[0], err);
	if (r == 0)
		r = mutable_pod_make_root(inv, m, l, l->manifest, err);
	if (r == 0)
		r = pod_append_app(m->pod, m->manifest, app, err);
	if (r != 0) {
		(void)stage1_app(m->pod, "app-rm", app->name, false, NULL);
		(void)pod_delete_app(m->pod, app, NULL);
		(void)pod_forget_app(m->pod, app->name, NULL);
	}
	return r;
}

static int run(const Invocation *inv, Error *err)
{
	_cleanup_mutable_pod_ MutablePod m = MUTABLE_POD_INIT;
	_cleanup_launch_ Launch l = LAUNCH_INIT;
	_cleanup_close_ int lock = -1;
	int r;

	if (inv->n_images < 2)
		return fail(err, -EINVAL, "must provide the pod UUID and an IMAGEID");
	if (inv->n_images > 2)
		return fail(err, -EINVAL, "must give only one app");
	r = mutable_pod_open(inv, inv->images[0].image, &m, err);
	if (r == 0)
		r = mutable_pod_check_running(&m, err);
	if (r == 0)
		r = launch_open(inv, &l, err);
	/* Keeps the layers of the image from being collected before the pod says that it has them.
	 */
	if (r == 0)
		r = lock = store_lock_prepare(l.data_dir, false, err);
	if (r >= 0)
		r = load_image(&inv->images[1], &l, err);
	if (r == 0)
		r = describe(&inv->images[1], &m, &l, inv->arena, err);
	return r < 0 ? r : add(inv, &m, &l, err);
}

const Verb verb_app_add = {
	.name = "app add",
	.synopsis = "UUID IMAGE [APP OPTIONS] [-- ARG ...]",
	.brief = "Add an app to a pod",
	.description =
		"Adds an app to a pod that \"rkt app sandbox\" has started. The image has to be "
		"stored. The app is not started: that is \"rkt app start\".\n"
		"\n"
		"  rkt app add 8d1f6c1a example.com/app --name=web -- --port 80",
	.app_options = added_app_option_sets,
	.flags = VERB_ROOT | VERB_IMAGES,
	.run = run,
};
