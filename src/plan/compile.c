/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/compile.h"

#include <limits.h>
#include <linux/sched.h>
#include <linux/utsname.h>
#include <stdio.h>
#include "base/boolean.h"
#include "plan/compile-internal.h"
#include "plan/limits.h"

/* What systemd gives a unit between the stop signal and SIGKILL, and so rkt gave an app. */
#define STOP_TIMEOUT_SECONDS 90

#define NOTIFY_ANNOTATION "appc.io/executor/supports-systemd-notify"

int app_view(AppCompile *c, const View **ret, Error *err)
{
	int r;

	if (!c->view_open) {
		r = view_open(&c->view, c->in->store, c->image, err);
		if (r < 0)
			return r;
		c->view_open = true;
	}
	*ret = &c->view;
	return 0;
}

static void app_compile_done(AppCompile *c)
{
	if (c->view_open)
		view_done(&c->view);
}

/* The parts of one app that are made by the pod's first process, and those of its own. */
static int compile_app_mounts(AppCompile *c, Error *err)
{
	int r;

	if (!c->alone)
		plan_add(c->b, (PlanOp){.code = PLAN_BASE});
	r = compile_app_root(c, err);
	if (r < 0)
		return r;
	if (c->alone)
		compile_api(c->in, c->b);
	else
		compile_shared_api(c->b);
	if (c->notifies)
		compile_notify_socket(c);
	r = compile_network_files(c, err);
	if (r == 0)
		r = compile_mounts(c, err);
	if (r == 0 && c->runtime->read_only_rootfs)
		plan_add(c->b, (PlanOp){.code = PLAN_READONLY_ROOT});
	return r;
}

/* Several apps have their roots below one of the pod's own; a single one's is the pod's. */
static bool has_root_of_its_own(const PlanInput *in)
{
	return in->manifest->n_apps > 1 || pod_manifest_is_mutable(in->manifest);
}

/* Apps that are added to a pod are no part of its start. */
static bool says_when_ready(const PlanInput *in, const Image *image)
{
	const char *word = image_manifest_annotation(image->manifest, NOTIFY_ANNOTATION);
	bool truth;

	return word && boolean_parse(word, &truth) == 0 && truth &&
	       !pod_manifest_is_mutable(in->manifest);
}

static int app_init(AppCompile *c, const PlanInput *in, PlanBuilder *b, size_t i, Error *err)
{
	const RuntimeApp *runtime = &in->manifest->apps[i];
	const Image *image = in->images[i];

	if (!runtime->has_app && !image->manifest->has_app)
		return fail(err, -EINVAL,
			"app \"%s\" has no \"app\" section and its image has none", runtime->name);
	if (strlen(runtime->name) >= PLAN_NAME_MAX)
		return fail(err, -EINVAL, "the name of app \"%s\" is longer than %d characters",
			runtime->name, PLAN_NAME_MAX - 1);
	*c = (AppCompile){
		.in = in,
		.b = b,
		.runtime = runtime,
		.app = plan_input_app(in, i),
		.image = image,
		.sockets = in->sockets && in->sockets[i].n > 0 ? &in->sockets[i] : NULL,
		.alone = !has_root_of_its_own(in),
		.notifies = says_when_ready(in, image),
	};
	if (!c->alone)
		(void)snprintf(c->root, sizeof c->root, "/opt/stage2/%s/rootfs", runtime->name);
	return 0;
}

typedef int (*AppPart)(AppCompile *c, Error *err);

static int for_each_app(const PlanInput *in, PlanBuilder *b, AppPart part, Error *err)
{
	for (size_t i = 0; i < in->manifest->n_apps; i++) {
		__attribute__((cleanup(app_compile_done))) AppCompile c = {0};
		int r = app_init(&c, in, b, i, err);

		if (r == 0)
			r = part(&c, err);
		if (r < 0)
			return r;
	}
	return 0;
}

const char *compile_hostname(const PlanInput *in, char buf[static HOSTNAME_SIZE])
{
	if (in->options.hostname)
		return in->options.hostname;
	(void)snprintf(buf, HOSTNAME_SIZE, "rkt-%s", in->uuid);
	return buf;
}

static int compile_pod(const PlanInput *in, PlanBuilder *b, Error *err)
{
	char name[HOSTNAME_SIZE];
	int r;

	compile_views(in, b);
	r = compile_users_begin(in, b, err);
	if (r < 0)
		return r;
	plan_add(b, (PlanOp){
			    .code = PLAN_HOSTNAME,
			    .path = plan_put_string(b, compile_hostname(in, name)),
		    });
	if (has_root_of_its_own(in))
		compile_pod_root(in, b);
	r = for_each_app(in, b, compile_app_mounts, err);
	if (r < 0)
		return r;
	if (has_root_of_its_own(in))
		plan_add(b, (PlanOp){.code = PLAN_BASE});
	plan_add(b, (PlanOp){.code = PLAN_PIVOT});
	compile_users_end(in, b);
	return 0;
}

static void fill_header(const PlanInput *in, PlanHeader *h)
{
	const PlanOptions *o = &in->options;

	(void)snprintf(h->uuid, sizeof h->uuid, "%s", in->uuid);
	h->stop_timeout = STOP_TIMEOUT_SECONDS;
	h->namespaces = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS;
	if (!o->host_ipc)
		h->namespaces |= CLONE_NEWIPC;
	if (!o->host_network)
		h->namespaces |= CLONE_NEWNET;
	/* On v1 schedulers look for a pod's processes in the cgroups that they see in its
	 * /proc/PID/cgroup. */
	if (in->cgroups->mode == CGROUP_V2 && !compile_apps_split(in))
		h->namespaces |= CLONE_NEWCGROUP;
	if (o->n_ids > 0)
		h->namespaces |= CLONE_NEWUSER;
	h->first_id = o->first_id;
	h->n_ids = o->n_ids;
}

int plan_compile(const PlanInput *in, void **ret, size_t *ret_len, Error *err)
{
	bool is_mutable = pod_manifest_is_mutable(in->manifest);
	_cleanup_plan_builder_ PlanBuilder b;
	int r;

	plan_builder_init(&b);
	b.header.mutable = is_mutable;
	if (in->manifest->n_apps == 0 && !is_mutable)
		return fail(err, -EINVAL, "pod must contain at least one application");
	if (in->manifest->n_apps > 0 && is_mutable)
		return fail(err, -EINVAL,
			"a pod with the annotation \"%s\" starts without apps: they are added with "
			"\"rkt app add\"",
			POD_MUTABLE_ANNOTATION);
	if (in->manifest->n_apps > PLAN_APPS_MAX)
		return fail(err, -EINVAL, "a pod can have %d apps at most", PLAN_APPS_MAX);
	if (in->options.hostname && strlen(in->options.hostname) > __NEW_UTS_LEN)
		return fail(err, -EINVAL, "the hostname \"%s\" is longer than %d characters",
			in->options.hostname, __NEW_UTS_LEN);
	/* Before somebody adds an app to it, which it then cannot have. */
	r = is_mutable ? compile_check_log(in->manifest, err) : 0;
	if (r < 0)
		return r;
	fill_header(in, &b.header);
	if (in->n_words > 0)
		b.header.words = plan_put_list(&b, in->words, in->n_words, &b.header.words_len);
	r = compile_cgroups(in, &b, err);
	if (r == 0)
		r = compile_pod_files(in, &b, err);
	if (r < 0)
		return r;
	b.header.host = plan_range_since(&b, 0);
	r = compile_pod(in, &b, err);
	if (r < 0)
		return r;
	b.header.pod = plan_range_since(&b, b.header.host.n);
	r = for_each_app(in, &b, compile_process, err);
	return r < 0 ? r : plan_finish(&b, ret, ret_len, err);
}

int plan_compile_added(const PlanInput *in, void **ret, size_t *ret_len, Error *err)
{
	_cleanup_plan_builder_ PlanBuilder b;
	int r;

	plan_builder_init(&b);
	fill_header(in, &b.header);
	compile_views(in, &b);
	r = for_each_app(in, &b, compile_app_mounts, err);
	if (r < 0)
		return r;
	b.header.pod = plan_range_since(&b, 0);
	r = for_each_app(in, &b, compile_process, err);
	return r < 0 ? r : plan_finish(&b, ret, ret_len, err);
}
