/* SPDX-License-Identifier: Apache-2.0 */

/* The pod's user namespace. The pod's first process does all that the host has to allow as root of
 * the host, leaving files that belong to the pod's root, and becomes that root at the end. */

#include "plan/compile-internal.h"

#include "plan/limits.h"

#include <linux/sched.h>

int compile_check_ids(const PlanInput *in, int64_t uid, int64_t gid, Error *err)
{
	uint32_t n = in->options.n_ids;

	if (n == 0 || (uid < n && gid < n))
		return 0;
	return fail(err, -EINVAL, "uid %lld or gid %lld are out of range %u", (long long)uid,
		(long long)gid, n);
}

/* The score that an app asks for, 0 when it does not. */
static int64_t oom_score(const App *app)
{
	int64_t score = 0;

	for (size_t i = 0; i < app->n_isolators; i++)
		if (app->isolators[i].kind == ISOLATOR_OOM_SCORE_ADJ)
			score = app->isolators[i].number;
	return score;
}

/* The kernel lets no process of a user namespace write its own score, so that the first one takes
 * it on for all apps while it still may. */
static int add_oom_score(const PlanInput *in, PlanBuilder *b, Error *err)
{
	int64_t score = oom_score(plan_input_app(in, 0));

	for (size_t i = 1; i < in->manifest->n_apps; i++)
		if (oom_score(plan_input_app(in, i)) != score)
			return fail(err, -EOPNOTSUPP,
				"apps \"%s\" and \"%s\" have different out-of-memory scores: in a "
				"user namespace all apps of a pod have the same",
				in->manifest->apps[0].name, in->manifest->apps[i].name);
	if (score != 0)
		plan_add(b, (PlanOp){.code = PLAN_OOM_SCORE, .num = {(uint64_t)score}});
	return 0;
}

static void add_idmap(PlanBuilder *b, const char *path)
{
	plan_add(b, (PlanOp){.code = PLAN_IDMAP, .path = plan_put_string(b, path)});
}

/* Trees of the store belong to many pods: each sees them with numbers of its own. */
static void add_layer(const PlanInput *in, PlanBuilder *b, const char *layer)
{
	char path[PLAN_LAYER_PATH_SIZE];

	add_idmap(b, plan_layer_path(layer, path));
}

static void add_copies(const PlanInput *in, PlanBuilder *b)
{
	char path[PLAN_COPY_SIZE];

	for (size_t i = 0; i < in->manifest->n_apps; i++)
		add_idmap(b, plan_copy_path(in->manifest->apps[i].name, path));
}

int compile_users_begin(const PlanInput *in, PlanBuilder *b, Error *err)
{
	const PlanOptions *o = &in->options;
	int r;

	if (o->n_ids == 0)
		return 0;
	r = add_oom_score(in, b, err);
	if (r < 0)
		return r;
	plan_add(b, (PlanOp){.code = PLAN_OWNER, .num = {o->first_id, o->first_id}});
	if (o->no_overlay) {
		add_copies(in, b);
	} else {
		add_idmap(b, PLAN_SKELETON_PATH);
		compile_each_layer(in, b, add_layer);
	}
	return 0;
}

void compile_users_end(const PlanInput *in, PlanBuilder *b)
{
	/* Processes and IPC stay the host's: what is theirs was mounted before. */
	uint64_t flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWCGROUP;

	if (in->options.n_ids > 0)
		plan_add(b, (PlanOp){.code = PLAN_USER, .num = {flags & b->header.namespaces}});
}
