/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/start.h"

#include <fcntl.h>
#include <stdio.h>
#include "base/fd.h"
#include "base/log.h"
#include "cli/again.h"
#include "cli/host-support.h"
#include "cli/launch.h"
#include "cli/limit-warnings.h"
#include "cli/metadata.h"
#include "cli/network-files.h"
#include "cli/plan-output.h"
#include "cli/pod-args.h"
#include "cli/stage1-choice.h"
#include "cli/supervise.h"
#include "cli/wiring.h"
#include "net/resolv-conf.h"
#include "plan/limits.h"
#include "stage1/stage1.h"
#include "store/settle.h"
#include "store/skeleton.h"

/* What the plan compiler wants to know, with what has to live meanwhile. */
typedef struct Start {
	PlanInput plan;
	CgroupHost cgroups;
	char *resolv_conf, *hosts;
} Start;

static void start_done(Start *s)
{
	cgroup_host_done(&s->cgroups);
	free(s->resolv_conf);
	free(s->hosts);
}

#define _cleanup_start_ _cleanup_(start_done)

static int given_resolv_conf(const Resolver *resolver, char **ret)
{
	CniDns dns = resolver_dns(resolver);

	return resolv_conf_text("run", &dns, ret);
}

static int plan_options(
	const Invocation *inv, Start *s, const Launch *l, bool network_dns, Error *err)
{
	const RunOptions *o = inv->options;
	const Resolver *resolver = &o->resolver;
	int r = 0;

	if (resolver->mode == RESOLVER_GIVEN && !network_dns)
		r = given_resolv_conf(resolver, &s->resolv_conf);
	if (r == 0 && resolver->n_hosts > 0)
		r = hosts_text(resolver, &s->hosts);
	if (r < 0)
		return fail_oom(err);
	s->plan.options = (PlanOptions){
		.hostname = o->hostname,
		.host_network = net_list_has(&o->net, "host"),
		.host_ipc = o->ipc && streq(o->ipc, "parent"),
		.interactive = o->interactive,
		.terminal = o->interactive && isatty(STDIN_FILENO),
		.term = getenv("TERM"),
		.durable = o->durable,
		.open = supervise_openings(inv->global),
		.resolv_conf = s->resolv_conf,
		.network_dns = network_dns,
		.host_resolv_conf = resolver->mode == RESOLVER_HOST,
		.no_resolv_conf = resolver->mode == RESOLVER_NONE,
		.hosts = s->hosts,
		.host_hosts = resolver->host_hosts,
		.metadata_token = l->metadata_token[0] ? l->metadata_token : NULL,
	};
	return 0;
}

/* What a pod's root filesystems and users are on the host: decided when it is prepared. */
typedef struct Ground {
	bool overlay;
	UserRange users;
	bool network_dns; /* its networks may name DNS servers: decided when it is run */
} Ground;

static int start_init(Start *s, const Invocation *inv, const Launch *l, const char *uuid,
	const Ground *ground, Error *err)
{
	StrList words = {0};
	int r;

	*s = (Start){
		.plan =
			{
				.uuid = uuid,
				.data_dir = l->data_dir,
				.store = &l->store,
				.manifest = l->manifest,
				.images = (const Image *const *)l->images,
				.cgroups = &s->cgroups,
				.sockets = l->sockets.apps,
			},
	};
	r = cgroup_host_read(&s->cgroups, err);
	if (r < 0)
		return r;
	if (plan_limits_wanted(&s->plan)) {
		cgroup_host_read_levels(&s->cgroups);
		limit_warnings(&s->plan);
	}
	r = store_ensure_skeleton(&l->store, err);
	if (r == 0 && again_words(inv, &words) < 0)
		r = fail_oom(err);
	if (r == 0)
		r = plan_options(inv, s, l, ground->network_dns, err);
	s->plan.words = words.items;
	s->plan.n_words = words.n;
	s->plan.options.no_overlay = !ground->overlay;
	s->plan.options.first_id = ground->users.first;
	s->plan.options.n_ids = ground->users.n;
	return r;
}

/* Looks for the metadata service before there is anything of a pod that has to be registered. */
static int prepare_metadata(const RunOptions *o, Launch *l, Error *err)
{
	int r;

	if (!o->mds_register)
		return 0;
	r = o->dry_run ? 0 : metadata_check(err);
	return r < 0 ? r : metadata_make_token(l->metadata_token, err);
}

static int register_pod(const Launch *l, const Pod *pod, Error *err)
{
	if (l->metadata_token[0] == '\0')
		return 0;
	return metadata_register(pod, l->manifest, l->metadata_token, err);
}

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

static int name_pod(const Invocation *inv, const Pods *pods, const Pod *pod, Error *err)
{
	const char *name = ((const RunOptions *)inv->options)->pod_name;

	return name ? pod_set_name(pods, pod, name, err) : 0;
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
	r = name_pod(inv, pods, pod, err);
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

/* Other stage1 images do that themselves. */
static int match_sockets(Launch *l, const Flavor *flavor, Error *err)
{
	if (flavor != stage1_flavor(NULL))
		return 0;
	return passed_sockets_match(&l->sockets, l->manifest, (const Image *const *)l->images, err);
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
		r = match_sockets(&l, stage1_flavor(l.stage1), err);
	if (r == 0)
		r = prepare_metadata(o, &l, err);
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
		r = register_pod(&l, pod, err);
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

/* What was prepared, as launch_plan() would have found it. */
static int load_prepared(const Pod *pod, Launch *l, Error *err)
{
	int r = store_open(&l->store, l->data_dir, false, err);

	if (r == 0)
		r = pod_read_manifest(pod, &l->manifest, err);
	return r < 0 ? r : launch_load_prepared(l, pod, err);
}

/* What a pod that was found is to become a running one by. */
static int make_own(const Invocation *inv, const Pods *pods, Pod *pod, Error *err)
{
	int r = pod_lock(pods, pod, err);

	if (r == -EWOULDBLOCK)
		return fail(err, r, "pod \"%s\" is being started by somebody else", pod->uuid);
	return r < 0 ? r : name_pod(inv, pods, pod, err);
}

/* Whatever the run before has left behind, but for what the apps have written. */
static int forget_run(const Invocation *inv, const Launch *l, const Pod *pod, Error *err)
{
	Stage1Gc gc = {.debug = inv->global->debug, .local_config = inv->global->config.local};
	int r = metadata_unregister(pod, err);

	if (r == 0)
		r = stage1_reset(pod, l->manifest, &gc, err);
	return r > 0 ? fail(err, -EIO, "cleaning up pod \"%s\" failed with status %d", pod->uuid, r)
		     : r;
}

/* From a prepared pod, or one that has ended and is the caller's, to one that only has to be
 * supervised. The lock keeps the layers of its images from being collected meanwhile. */
static int complete_prepared(const Invocation *inv, const Pods *pods, Pod *pod,
	const Flavor *flavor, Launch *l, Wiring *w, UserRange *ret_users, Error *err)
{
	_cleanup_start_ Start s = {0};
	_cleanup_close_ int lock = store_lock_prepare(l->data_dir, false, err);
	bool again = pod->state == POD_RUNNING;
	Ground ground = {.overlay = pod_has_overlay(pod), .network_dns = w->request.options.dns};
	int r = lock < 0 ? lock : load_prepared(pod, l, err);

	if (r == 0)
		r = match_sockets(l, flavor, err);
	if (r == 0)
		r = user_range_read(pod, &ground.users, err);
	if (r == 0 && ground.overlay && !host_has_overlay(l->data_dir))
		r = fail(err, -EOPNOTSUPP,
			"unable to run prepared overlay-enabled pod: overlay not supported");
	if (r == 0)
		r = start_init(&s, inv, l, pod->uuid, &ground, err);
	if (r == 0)
		r = again ? forget_run(inv, l, pod, err) : make_own(inv, pods, pod, err);
	if (r == 0)
		r = wiring_prepare(w, l, pod, ground.users.n > 0, err);
	if (r == 0)
		r = stage1_prepare(flavor, pod, &s.plan, NULL, err);
	*ret_users = ground.users;
	return r < 0 || again ? r : pod_move_to_run(pods, pod, err);
}

int start_prepared(const Invocation *inv, const Pods *pods, Pod *pod, Error *err)
{
	_cleanup_launch_ Launch l = LAUNCH_INIT;
	_cleanup_wiring_ Wiring w = WIRING_INIT;
	const Flavor *flavor = NULL;
	UserRange users = {0};
	int r = prepare_metadata(inv->options, &l, err);

	passed_sockets_take(&l.sockets);
	if (r == 0)
		r = stage1_flavor_of(pod, &flavor, err);
	if (r == 0)
		r = wiring_choose(&w, inv, flavor, err);
	if (r == 0)
		r = global_data_dir(inv->global, &l.data_dir, err);
	if (r == 0)
		r = complete_prepared(inv, pods, pod, flavor, &l, &w, &users, err);
	if (r == 0)
		r = register_pod(&l, pod, err);
	if (r == 0)
		r = supervise_become(inv, &l, flavor, pod, users, &w, err);
	if (r < 0)
		wiring_abandon(&w);
	return r;
}
