/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/mutable-pod.h"

#include "cli/limit-warnings.h"
#include "cli/pod-args.h"
#include "stage1/stage1.h"

static const Option rows[] = {
	{"app", OPTION_STRING, offsetof(AppVerbOptions, app), NULL, "NAME", "name of the app"},
};

static const OptionSet set = OPTION_SET(rows);
const OptionSet *const app_verb_option_sets[] = {&set, NULL};

int mutable_pod_open(const Invocation *inv, const char *typed, MutablePod *ret, Error *err)
{
	int r = pod_open_among(inv, typed, &ret->pods, &ret->pod, err);

	if (r == 0)
		r = mutable_pod_lock(ret, err);
	if (r == 0 && !pod_manifest_is_mutable(ret->manifest)) {
		r = fail(err, -EINVAL, "immutable pod");
		error_hint(err, "apps come and go in pods that \"rkt app sandbox\" has started");
	}
	return r;
}

int mutable_pod_lock(MutablePod *m, Error *err)
{
	m->manifest = pod_manifest_free(m->manifest);
	m->lock = pod_lock_manifest(m->pod, err);
	return m->lock < 0 ? m->lock : pod_read_manifest(m->pod, &m->manifest, err);
}

int mutable_pod_check_running(const MutablePod *m, Error *err)
{
	const Pod *pod = m->pod;

	if (pod->state != POD_RUNNING)
		return fail(err, -EINVAL, "pod \"%s\" isn't currently running", pod->uuid);
	if (!pod_is_ready(pod))
		return fail(err, -EAGAIN, "supervisor for pod \"%s\" is not yet ready", pod->uuid);
	return 0;
}

int mutable_pod_find_app(
	const MutablePod *m, const char *app, const char *what, const RuntimeApp **ret, Error *err)
{
	if (!app || !app[0]) {
		(void)fail(err, -EINVAL, "must provide the app to %s", what);
		error_hint(err, "--app=NAME names it");
		return -EINVAL;
	}
	for (size_t i = 0; i < m->manifest->n_apps; i++)
		if (streq(m->manifest->apps[i].name, app)) {
			*ret = &m->manifest->apps[i];
			return 0;
		}
	return fail(err, -ENOENT, "error: nonexistent app \"%s\"", app);
}

int mutable_pod_make_root(const Invocation *inv, const MutablePod *m, const Launch *l,
	const PodManifest *app, Error *err)
{
	_cleanup_cgroup_host_ CgroupHost cgroups = {0};
	_cleanup_free_ void *data = NULL;
	Plan pod;
	PlanInput plan = {
		.uuid = m->pod->uuid,
		.data_dir = l->data_dir,
		.store = &l->store,
		.manifest = app,
		.images = (const Image *const *)l->images,
		.cgroups = &cgroups,
	};
	int r = cgroup_host_read(&cgroups, err);

	if (r == 0)
		r = stage1_read_plan(m->pod, &data, &pod, err);
	if (r < 0)
		return r;
	/* What another stage1 does about limits is its own business. */
	if (data) {
		plan.pod = &pod;
		limit_warnings(&plan);
	}
	return stage1_add_app(m->pod, &plan, inv->global->debug, err);
}

void mutable_pod_done(MutablePod *m)
{
	(void)pod_manifest_free(m->manifest);
	(void)fd_close(m->lock);
	(void)pod_free(m->pod);
	pods_done(&m->pods);
}
