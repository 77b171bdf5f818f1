/* SPDX-License-Identifier: Apache-2.0 */

/* The native flavor: rkt-init executes the plan; what has to be there before is an overlay's
 * directories, empty volumes and the plan itself. */

#include "stage1/flavor.h"

#include <stdio.h>
#include "base/atomic-file.h"
#include "base/fd.h"
#include "base/process.h"
#include "base/strbuf.h"
#include "isolate/view-namespace.h"
#include "net/connect.h"
#include "plan/plan.h"
#include "stage1/native/volumes.h"
#include "stage1/roots.h"

/* What every app's root filesystem is made of, and what it is mounted on. */
static int make_roots(const Pod *pod, const PlanInput *in, Error *err)
{
	int r = roots_make_directory(pod, "stage1", err);

	if (r == 0)
		r = roots_make_private(pod, "overlay", err);
	if (r == 0 && in->options.no_overlay)
		return roots_copy(pod, in, 0, err);
	for (size_t i = 0; r == 0 && i < in->manifest->n_apps; i++)
		r = roots_make_overlay(pod, in->manifest->apps[i].name, in->options.first_id, err);
	return r;
}

static bool needs_views(const Plan *plan)
{
	for (uint32_t i = 0; i < plan->header->n_ops; i++)
		if (plan->ops[i].code == PLAN_VIEWS)
			return true;
	return false;
}

typedef int (*Compile)(const PlanInput *in, void **ret, size_t *ret_len, Error *err);

/* Compiles, and makes what the plan relies on. The plan goes to path. */
static int prepare(
	const Pod *pod, const PlanInput *in, Compile compile, const char *path, Error *err)
{
	_cleanup_free_ void *data = NULL;
	Plan plan;
	size_t len;
	int r;

	r = compile(in, &data, &len, err);
	if (r < 0)
		return r;
	r = plan_load(&plan, data, len);
	if (r < 0)
		return fail(err, r, "the compiler made a plan that is not sound");
	/* Where views cannot be shared each pod mounts them for itself. */
	if (needs_views(&plan))
		(void)view_namespace_pin(in->store->cas_fd, STORE_VIEWS);
	r = make_roots(pod, in, err);
	if (r == 0)
		r = native_make_volumes(pod, in, &plan, err);
	if (r < 0)
		return r;
	/* What the plan of a pod that has run tells must not be lost on the way to the next. */
	return (pod->state == POD_RUNNING ? atomic_write : fd_write_file)(
		pod->fd, path, 0640, data, len, err);
}

static int native_prepare(const Pod *pod, const PlanInput *in, const Image *stage1, Error *err)
{
	return prepare(pod, in, plan_compile, "plan", err);
}

static int native_prepare_app(const Pod *pod, const PlanInput *in, Error *err)
{
	_cleanup_free_ char *path = NULL;

	if (str_format(&path, "appsinfo/%s/plan", in->manifest->apps[0].name) < 0)
		return fail_oom(err);
	return prepare(pod, in, plan_compile_added, path, err);
}

/* Cgroups of the pod, which its monitor removes unless it is killed. */
static bool native_left_behind(const Pod *pod)
{
	_cleanup_free_ void *data = NULL;
	bool left = false;
	Plan plan;

	if (stage1_read_plan(pod, &data, &plan, NULL) < 0)
		return true;
	for (uint32_t i = 0; i < plan.header->n_ops && !left; i++) {
		const PlanOp *op = &plan.ops[i];

		left = op->code == PLAN_CGROUP && !(op->flags & PLAN_CGROUP_SHARED) &&
		       access(plan_string(&plan, op->path), F_OK) == 0;
	}
	return left;
}

static int native_disconnect(const Pod *pod, const char *local_config, Error *err)
{
	_cleanup_free_ char *search_path = NULL;

	if (connect_search_path(local_config, &search_path) < 0)
		return fail_oom(err);
	return disconnect_pod(pod, search_path, err);
}

static int native_entry_point(const Pod *pod, const char *name, char **ret, Error *err)
{
	char path[64];

	(void)snprintf(path, sizeof path, "stage1-native/%s", name);
	return process_libexec(path, ret, err);
}

const Flavor flavor_native = {
	.name = "native",
	.prepare = native_prepare,
	.prepare_app = native_prepare_app,
	.left_behind = native_left_behind,
	.disconnect = native_disconnect,
	.entry_point = native_entry_point,
};
