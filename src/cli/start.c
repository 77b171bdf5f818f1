/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/start.h"

#include <fcntl.h>
#include <stdio.h>
#include "base/fd.h"
#include "base/log.h"
#include "cli/insecure.h"
#include "cli/launch.h"
#include "cli/network-files.h"
#include "cli/pod-args.h"
#include "plan/limits.h"
#include "plan/print.h"
#include "stage1/stage1.h"
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

static unsigned openings(const GlobalOptions *global)
{
	return (global->insecure & INSECURE_CAPABILITIES ? PLAN_ALL_CAPABILITIES : 0) |
	       (global->insecure & INSECURE_PATHS ? PLAN_OPEN_PATHS : 0) |
	       (global->insecure & INSECURE_SECCOMP ? PLAN_NO_SECCOMP : 0);
}

static int plan_options(const Invocation *inv, Start *s, Error *err)
{
	const RunOptions *o = inv->options;
	const Resolver *resolver = &o->resolver;
	int r = 0;

	if (resolver->mode == RESOLVER_GIVEN)
		r = resolv_conf_text(resolver, &s->resolv_conf);
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
		.open = openings(inv->global),
		.resolv_conf = s->resolv_conf,
		.host_resolv_conf = resolver->mode == RESOLVER_HOST,
		.no_resolv_conf = resolver->mode == RESOLVER_NONE,
		.hosts = s->hosts,
		.host_hosts = resolver->host_hosts,
	};
	return 0;
}

/* The words that rkt's users know, and why. */
static void warn_of_limit(const PlanInput *in, const char *app, const Isolator *isolator)
{
	const char *controller = cgroup_controller_name(isolator_controller(isolator));
	char why[128];

	if (in->cgroups->mode == CGROUP_V2)
		(void)snprintf(why, sizeof why,
			"neither the caller's cgroup nor one above can give controller \"%s\" to "
			"its children",
			controller);
	else
		(void)snprintf(why, sizeof why,
			"no cgroup hierarchy of controller \"%s\" is mounted at /sys/fs/cgroup",
			controller);
	log_line(NULL,
		"warning: %s isolator set but support disabled in the kernel, skipping (app "
		"\"%s\": "
		"%s)",
		isolator->name, app, why);
}

/* Limits that are set and that nothing will enforce are worth a word. */
static void warn_of_limits(const PlanInput *in)
{
	unsigned missing = plan_limits_wanted(in) & ~plan_limits_enforced(in);

	for (size_t i = 0; i < in->manifest->n_apps && missing; i++) {
		const App *app = plan_input_app(in, i);

		for (size_t k = 0; k < app->n_isolators; k++)
			if (isolator_controller(&app->isolators[k]) & missing)
				warn_of_limit(in, in->manifest->apps[i].name, &app->isolators[k]);
	}
}

static int start_init(
	Start *s, const Invocation *inv, const Launch *l, const char *uuid, Error *err)
{
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
			},
	};
	r = cgroup_host_read(&s->cgroups, err);
	if (r < 0)
		return r;
	if (plan_limits_wanted(&s->plan)) {
		cgroup_host_read_levels(&s->cgroups);
		warn_of_limits(&s->plan);
	}
	r = store_ensure_skeleton(&l->store, err);
	return r < 0 ? r : plan_options(inv, s, err);
}

/* Networks are "none" and "host", until there are others. */
static int check_networks(const RunOptions *o, Error *err)
{
	if (net_list_has(&o->net, "none") || net_list_has(&o->net, "host"))
		return 0;
	(void)fail(err, -EOPNOTSUPP, "network \"%s\" cannot be set up yet",
		o->net.n > 0 ? o->net.items[0].name : "default");
	error_hint(err, "--net=none gives the pod a loopback interface only, --net=host the host's "
			"network");
	return -EOPNOTSUPP;
}

/* What can be said already and not be done yet. Saying nothing about it would be worse. */
static int check_supported(const RunOptions *o, Error *err)
{
	const Stage1Choice *stage1 = &o->stage1;
	const struct {
		bool given;
		const char *flag;
	} missing[] = {
		{o->private_users, "--private-users"},
		{o->no_overlay, "--no-overlay"},
		{o->mds_register, "--mds-register"},
		{stage1->url || stage1->path || stage1->name || stage1->hash || stage1->from_dir,
			"--stage1-*"},
	};

	for (size_t i = 0; i < ARRAY_LEN(missing); i++)
		if (missing[i].given)
			return fail(err, -EOPNOTSUPP, "%s is not supported yet", missing[i].flag);
	return 0;
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

/* Everything in a new pod's directory. */
static int fill_pod(const Invocation *inv, Launch *l, const Pod *pod, Error *err)
{
	_cleanup_start_ Start s = {0};
	_cleanup_close_ int lock = store_lock_prepare(l->data_dir, false, err);
	PodPreparation preparation = {
		.manifest = l->manifest,
		.manifest_text = l->manifest_text,
		.images = (const Image *const *)l->images,
		.overlay = true,
	};
	int r;

	if (lock < 0)
		return lock;
	r = start_init(&s, inv, l, pod->uuid, err);
	if (r == 0)
		r = pod_write_prepared(pod, &l->store, &preparation, err);
	return r < 0 ? r : stage1_prepare(pod, &s.plan, err);
}

static int make_pod(const Invocation *inv, Launch *l, Pods *pods, Pod **ret, Error *err)
{
	_cleanup_pod_ Pod *pod = NULL;
	int r;

	r = pods_open(pods, l->data_dir, true, err);
	if (r == 0)
		r = pod_create(pods, &pod, err);
	if (r < 0)
		return r;
	r = write_uuid_file(inv->options, pod, err);
	if (r == 0)
		r = fill_pod(inv, l, pod, err);
	if (r == 0) {
		*ret = TAKE_PTR(pod);
		return 0;
	}
	/* Nobody can do anything with half a pod; what cannot be removed now is left to gc. */
	if (pod_move_to_garbage(pods, pod, false, NULL) == 0)
		(void)pod_delete(pods, pod, NULL);
	return r;
}

static int print_plan(const Invocation *inv, const Launch *l, Error *err)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(PLAN_SIZE_MAX);
	_cleanup_start_ Start s = {0};
	_cleanup_free_ void *data = NULL;
	char uuid[UUID_TEXT];
	Plan plan;
	size_t len;
	int r;

	r = uuid_generate(uuid);
	if (r < 0)
		return fail_errno(err, r, "make a UUID");
	r = start_init(&s, inv, l, uuid, err);
	if (r == 0)
		r = plan_compile(&s.plan, &data, &len, err);
	if (r < 0)
		return r;
	r = plan_load(&plan, data, len);
	if (r < 0)
		return fail(err, r, "the compiler made a plan that is not sound");
	plan_print(&plan, &text);
	(void)fputs(strbuf_text(&text), stdout);
	return 0;
}

/* In the run directory with the pod's lock held: the last steps. */
static int become_supervisor(const Invocation *inv, const Pod *pod, Error *err)
{
	const RunOptions *o = inv->options;
	Stage1Run run = {
		.debug = inv->global->debug,
		.interactive = o->interactive,
		.net = net_list_has(&o->net, "host") ? "host" : "none",
		.hostname = o->hostname,
	};

	if (streq(run.net, "none"))
		log_line("networking", "networking namespace with loopback only");
	return stage1_run(pod, &run, err);
}

/* What is wrong with the options is told before an image is fetched for them. */
static int check_options(const Invocation *inv, Error *err)
{
	RunOptions *o = inv->options;
	int r;

	o->pod.apps = inv->images;
	o->pod.n_apps = inv->n_images;
	r = run_options_check(o, inv->arena, err);
	return r < 0 ? r : check_supported(o, err);
}

int start_run(const Invocation *inv, Error *err)
{
	const RunOptions *o = inv->options;
	_cleanup_launch_ Launch l = LAUNCH_INIT;
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_pod_ Pod *pod = NULL;
	int r = check_options(inv, err);

	if (r == 0)
		r = check_networks(o, err);
	if (r == 0)
		r = launch_plan(inv, &l, err);
	if (r != 0)
		return r;
	if (o->dry_run)
		return print_plan(inv, &l, err);
	r = make_pod(inv, &l, &pods, &pod, err);
	if (r == 0)
		r = pod_move_to_run(&pods, pod, err);
	return r < 0 ? r : become_supervisor(inv, pod, err);
}

int start_prepare(const Invocation *inv, Error *err)
{
	_cleanup_launch_ Launch l = LAUNCH_INIT;
	_cleanup_pods_ Pods pods = PODS_INIT;
	_cleanup_pod_ Pod *pod = NULL;
	int r = check_options(inv, err);

	if (r == 0)
		r = launch_plan(inv, &l, err);
	if (r != 0)
		return r;
	r = make_pod(inv, &l, &pods, &pod, err);
	if (r == 0)
		r = pod_move_to_prepared(&pods, pod, err);
	if (r < 0)
		return r;
	(void)puts(pod->uuid);
	return 0;
}

/* What was prepared, as launch_plan() would have found it. */
static int load_prepared(const Invocation *inv, const Pod *pod, Launch *l, Error *err)
{
	int r;

	r = global_data_dir(inv->global, &l->data_dir, err);
	if (r == 0)
		r = store_open(&l->store, l->data_dir, false, err);
	if (r == 0)
		r = pod_read_manifest(pod, &l->manifest, err);
	return r < 0 ? r : launch_load_images(l, err);
}

int start_prepared(const Invocation *inv, const Pods *pods, Pod *pod, Error *err)
{
	_cleanup_launch_ Launch l = LAUNCH_INIT;
	_cleanup_start_ Start s = {0};
	int r;

	r = check_supported(inv->options, err);
	if (r == 0)
		r = check_networks(inv->options, err);
	if (r == 0)
		r = load_prepared(inv, pod, &l, err);
	if (r == 0)
		r = start_init(&s, inv, &l, pod->uuid, err);
	if (r < 0)
		return r;
	r = pod_lock(pods, pod, err);
	if (r == -EWOULDBLOCK)
		return fail(err, r, "pod \"%s\" is being started by somebody else", pod->uuid);
	if (r == 0)
		r = stage1_prepare(pod, &s.plan, err);
	if (r == 0)
		r = pod_move_to_run(pods, pod, err);
	return r < 0 ? r : become_supervisor(inv, pod, err);
}
