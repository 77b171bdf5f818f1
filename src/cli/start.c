/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/start.h"

#include <fcntl.h>
#include <stdio.h>
#include "base/fd.h"
#include "base/log.h"
#include "cli/host-support.h"
#include "cli/plan-output.h"
#include "cli/pod-args.h"
#include "cli/stage1-choice.h"
#include "cli/start-internal.h"
#include "cli/supervise.h"
#include "cli/wiring.h"
#include "store/settle.h"

/* What is in such a volume goes with the pod: who meant another one should hear of it. */
static void warn_of_implicit_volumes(const PodManifest *m, Image *const *images)
{
	for (size_t i = 0; i < m->n_apps; i++) {
		const App *app = m->apps[i].has_app ? &m->apps[i].app : &images[i]->manifest->app;

		for (size_t k = 0; k < app->n_mount_points; k++)
			if (pod_manifest_is_implicit(m, &m->apps[i], &app->mount_points[k]))
				log_line(NULL,
					"warning: no volume specified for mount point \"%s\", "
					"implicitly creating an \"empty\" volume. This volume will "
					"be removed when the pod is garbage-collected.",
					app->mount_points[k].name);
	}
}

/* The path is the user's own, who may have put a link or a pipe there. */
static int write_uuid_file(const RunOptions *o, const Pod *pod, Error *err)
{
	const char *path = o->uuid_file_save;
	_cleanup_close_ int fd = -1;
	int r;

	if (!path)
		return 0;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0644);
	r = fd < 0 ? -errno : fd_write(fd, pod->uuid, strlen(pod->uuid));
	return r < 0 ? fail_errno(err, r, "write the pod's UUID to %s", path) : 0;
}

/* pod: the one that it is for, or NULL when nothing is to be made. */
static int choose_ground(const RunOptions *o, const Launch *l, const Pods *pods, const Pod *pod,
	Ground *ret, Error *err)
{
	ret->overlay = !o->no_overlay && host_has_overlay(l->data_dir);
	if (!o->private_users)
		return 0;
	return pod ? user_range_assign(pods, pod, &ret->users, err)
		   : user_range_find_free(pods, &ret->users, err);
}

/* Everything in a new pod's directory. w: NULL for a pod that is only prepared. */
static int fill_pod(const Invocation *inv, Launch *l, const Pods *pods, const Wiring *w,
	const Pod *pod, Error *err)
{
	_cleanup_start_ Start s = {0};
	_cleanup_close_ int lock = -1;
	Ground ground = {.network_dns = w && w->request.options.dns};
	PodPreparation preparation = {
		.manifest = l->manifest,
		.manifest_text = l->manifest_text,
		.images = (const Image *const *)l->images,
	};
	int r = choose_ground(inv->options, l, pods, pod, &ground, err);

	if (r < 0)
		return r;
	lock = store_lock_prepare(l->data_dir, false, err);
	if (lock < 0)
		return lock;
	preparation.overlay = ground.overlay;
	warn_of_implicit_volumes(l->manifest, l->images);
	r = start_init(&s, inv, l, pod->uuid, &ground, err);
	if (r == 0)
		r = pod_write_prepared(pod, &l->store, &preparation, err);
	return r < 0 ? r : stage1_prepare(stage1_flavor(l->stage1), pod, &s.plan, l->stage1, err);
}

/* Nobody can do anything with half a pod; what cannot be removed now is left to gc. */
static void discard(const Pods *pods, Pod *pod)
{
	if (pod_move_to_garbage(pods, pod, false, NULL) == 0)
		(void)pod_delete(pods, pod, NULL);
}

/* w: NULL for a pod that is only prepared. */
static int make_pod(const Invocation *inv, Launch *l, Pods *pods, Wiring *w, Pod **ret, Error *err)
{
	_cleanup_pod_ Pod *pod = NULL;
	int r;

	r = pods_open(pods, l->data_dir, true, err);
	if (r == 0)
		r = pod_create(pods, &pod, err);
	if (r < 0)
		return r;
	r = start_name_pod(inv, pods, pod, err);
	if (r == 0)
		r = write_uuid_file(inv->options, pod, err);
	if (r == 0 && w)
		r = wiring_prepare(
			w, l, pod, ((const RunOptions *)inv->options)->private_users, err);
	if (r == 0)
		r = fill_pod(inv, l, pods, w, pod, err);
	if (r == 0) {
		*ret = TAKE_PTR(pod);
		return 0;
	}
	discard(pods, pod);
	return r;
}

static int show_plan(const Invocation *inv, const Launch *l, const Wiring *w, Error *err)
{
	const RunOptions *o = inv->options;
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_start_ Start s = {0};
	_cleanup_free_ void *data = NULL;
	Ground ground = {.network_dns = w->request.options.dns};
	char uuid[UUID_TEXT];
	size_t len;
	int r;

	r = uuid_generate(uuid);
	if (r < 0)
		return fail_errno(err, r, "make a UUID");
	r = pods_open(&pods, l->data_dir, false, err);
	if (r == 0)
		r = choose_ground(inv->options, l, &pods, NULL, &ground, err);
	if (r == 0)
		r = start_init(&s, inv, l, uuid, &ground, err);
	if (r == 0)
		r = plan_compile(&s.plan, &data, &len, err);
	return r < 0 ? r : plan_output(data, len, o->format, err);
}

/* What is wrong with the options is told before an image is fetched for them. */
static int check_options(const Invocation *inv, Error *err)
{
	RunOptions *o = inv->options;
	int r;

	o->pod.apps = inv->images;
	o->pod.n_apps = inv->n_images;
	r = o->private_users ? host_check_private_users(err) : 0;
	if (r == 0)
		r = run_options_check(o, inv->arena, err);
	return r;
}

int start_run(const Invocation *inv, Error *err)
{
	const RunOptions *o = inv->options;
	_cleanup_launch_ Launch l = LAUNCH_INIT;
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_pod_ Pod *pod = NULL;
	_cleanup_wiring_ Wiring w = WIRING_INIT;
	UserRange users = {0};
	int r = check_options(inv, err);

	passed_sockets_take(&l.sockets);
	if (r == 0)
		r = launch_stage1(inv, &l, err);
	if (r == 0)
		r = wiring_choose(&w, inv, stage1_flavor(l.stage1), err);
	if (r == 0)
		r = launch_plan(inv, &l, err);
	if (r == 0)
		r = start_match_sockets(&l, stage1_flavor(l.stage1), err);
	if (r == 0)
		r = start_prepare_metadata(o, &l, err);
	if (r != 0)
		return r;
	if (o->dry_run)
		return show_plan(inv, &l, &w, err);
	r = make_pod(inv, &l, &pods, &w, &pod, err);
	if (r < 0)
		return r;
	if (o->private_users)
		r = user_range_read(pod, &users, err);
	if (r == 0)
		r = pod_move_to_run(&pods, pod, err);
	if (r == 0)
		r = start_register(&l, pod, err);
	if (r == 0)
		r = supervise_become(inv, &l, stage1_flavor(l.stage1), pod, users, &w, err);
	if (r < 0)
		wiring_abandon(&w);
	return r;
}

/* A prepared pod outlives a crash of the machine; so must its images. */
static int settle_images(Launch *l, Error *err)
{
	if (l->stage1 && !l->stage1->on_disk)
		return store_settle(&l->store, err);
	for (size_t i = 0; i < l->n_images; i++)
		if (!l->images[i]->on_disk)
			return store_settle(&l->store, err);
	return 0;
}

int start_prepare(const Invocation *inv, Error *err)
{
	_cleanup_launch_ Launch l = LAUNCH_INIT;
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_pod_ Pod *pod = NULL;
	int r = check_options(inv, err);

	if (r == 0)
		r = launch_stage1(inv, &l, err);
	if (r == 0)
		r = launch_plan(inv, &l, err);
	if (r != 0)
		return r;
	r = make_pod(inv, &l, &pods, NULL, &pod, err);
	if (r < 0)
		return r;
	r = settle_images(&l, err);
	if (r == 0)
		r = pod_move_to_prepared(&pods, pod, err);
	if (r < 0) {
		discard(&pods, pod);
		return r;
	}
	(void)puts(pod->uuid);
	return 0;
}
