/* SPDX-License-Identifier: Apache-2.0 */

/* An app's own process: privileges, the program that it becomes, and those that are executed before
 * and after it. */

#include "plan/compile-internal.h"

#include <linux/sched.h>
#include <signal.h>
#include "base/signal-name.h"
#include "isolate/caps.h"
#include "isolate/seccomp.h"
#include "spec/liveness.h"
#include "spec/oci.h"
#include "spec/restart-policy.h"
#include "plan/compile-seccomp.h"

/* The bounding set: the default one; exactly what is to be retained; less what is to be removed. */
static int bounding_set(const AppCompile *c, uint64_t *ret, Error *err)
{
	uint64_t retain = 0, remove = 0;
	bool has_retain = false;

	for (size_t i = 0; i < c->app->n_isolators; i++) {
		const Isolator *isolator = &c->app->isolators[i];
		bool is_retain = isolator->kind == ISOLATOR_CAPS_RETAIN;

		if (!is_retain && isolator->kind != ISOLATOR_CAPS_REMOVE)
			continue;
		has_retain = has_retain || is_retain;
		for (size_t k = 0; k < isolator->set.n; k++) {
			uint64_t bit = caps_by_name(isolator->set.items[k]);

			if (!bit)
				return fail(err, -EINVAL, "app \"%s\": unknown capability \"%s\"",
					c->runtime->name, isolator->set.items[k]);
			*(is_retain ? &retain : &remove) |= bit;
		}
	}
	*ret = (has_retain ? retain : caps_default()) & ~remove;
	if (c->in->options.open & PLAN_ALL_CAPABILITIES)
		*ret = UINT64_MAX;
	return 0;
}

static void add_numbers(PlanBuilder *b, PlanCode code, uint64_t first, uint64_t second)
{
	plan_add(b, (PlanOp){.code = (uint16_t)code, .num = {first, second}});
}

static void add_groups(AppCompile *c)
{
	uint32_t start = plan_put_blob(c->b, NULL, 0);

	for (size_t i = 0; i < c->app->n_supplementary_gids; i++) {
		uint32_t group = (uint32_t)c->app->supplementary_gids[i];

		strbuf_add(&c->b->pool, &group, sizeof group);
	}
	plan_add(c->b, (PlanOp){
			       .code = PLAN_GROUPS,
			       .data = start,
			       .data_len = (uint32_t)c->b->pool.len - start,
		       });
}

static bool wants_no_new_privs(const App *app)
{
	for (size_t i = 0; i < app->n_isolators; i++)
		if (app->isolators[i].kind == ISOLATOR_NO_NEW_PRIVILEGES &&
			app->isolators[i].number)
			return true;
	return false;
}

static int add_seccomp(AppCompile *c, Error *err)
{
	_cleanup_free_ char *rules = NULL;
	_cleanup_free_ void *program = NULL;
	bool filtered = !(c->in->options.open & PLAN_NO_SECCOMP);
	size_t len;
	int r;

	if (filtered) {
		r = compile_seccomp_rules(c->app, &rules, err);
		if (r < 0)
			return wrap(err, r, "app \"%s\"", c->runtime->name);
		filtered = rules != NULL;
	}
	/* Without privileges a filter may only be loaded by who can gain none either. */
	if (wants_no_new_privs(c->app) || (filtered && c->uid != 0))
		plan_add(c->b, (PlanOp){.code = PLAN_NO_NEW_PRIVS});
	if (!filtered)
		return 0;
	r = seccomp_program(c->in->data_dir, rules, &program, &len, err);
	if (r < 0)
		return r;
	plan_add(c->b, (PlanOp){
			       .code = PLAN_SECCOMP,
			       .data = plan_put_blob(c->b, program, len),
			       .data_len = (uint32_t)len,
		       });
	return 0;
}

/* Becoming the program that a list of arguments names. */
static int add_exec(AppCompile *c, const StrList *exec, bool sockets, Error *err)
{
	PlanOp op = {.code = PLAN_EXEC};
	_cleanup_free_ char *program = NULL;
	_cleanup_free_ const char **argv = NULL;
	int r;

	r = compile_executable(c, exec->items[0], &program, err);
	if (r < 0)
		return wrap(err, r, "app \"%s\"", c->runtime->name);
	argv = malloc(exec->n * sizeof *argv);
	if (!argv)
		return fail_oom(err);
	memcpy(argv, exec->items, exec->n * sizeof *argv);
	argv[0] = program;
	op.path = plan_put_string(c->b, program);
	op.data = plan_put_list(c->b, argv, exec->n, &op.data_len);
	r = compile_environment(c, sockets, &op, err);
	if (r == 0)
		plan_add(c->b, op);
	return r;
}

/* What an app sees of the cgroups begins at its own, or the pod's. */
static void add_own_cgroups(AppCompile *c)
{
	if (compile_apps_split(c->in))
		add_numbers(c->b, PLAN_UNSHARE, CLONE_NEWCGROUP, 0);
}

static void add_own_root(AppCompile *c)
{
	add_numbers(c->b, PLAN_UNSHARE, CLONE_NEWNS, 0);
	plan_add(c->b, (PlanOp){
			       .code = PLAN_PIVOT,
			       .flags = c->in->options.n_ids > 0 ? PLAN_PIVOT_COPY : 0,
			       .path = plan_put_string(c->b, c->root),
		       });
}

static void add_oom_score(AppCompile *c)
{
	/* In a user namespace nobody may set it: there it comes from the first process. */
	for (size_t i = 0; c->in->options.n_ids == 0 && i < c->app->n_isolators; i++)
		if (c->app->isolators[i].kind == ISOLATOR_OOM_SCORE_ADJ)
			add_numbers(c->b, PLAN_OOM_SCORE, (uint64_t)c->app->isolators[i].number, 0);
}

/* What holds for everybody who is in the app. */
static int add_shared_steps(AppCompile *c, Error *err)
{
	const char *workdir = c->app->working_directory;
	uint64_t bounding = 0;
	int r;

	r = bounding_set(c, &bounding, err);
	if (r < 0)
		return r;
	add_own_cgroups(c);
	if (!c->alone)
		add_own_root(c);
	add_oom_score(c);
	plan_add(c->b, (PlanOp){
			       .code = PLAN_WORKDIR,
			       .flags = c->image->format == IMAGE_OCI ? PLAN_CREATE : 0,
			       .path = plan_put_string(c->b, workdir ? workdir : "/"),
		       });
	add_numbers(c->b, PLAN_BOUNDING, bounding, 0);
	return 0;
}

/* Root, whoever the app's user is, but with nothing else that the app does not have. */
static int add_handler(AppCompile *c, const EventHandler *handler, PlanRange confinement,
	PlanRange *ret, Error *err)
{
	uint32_t position = plan_position(c->b);
	int r;

	plan_add(c->b, (PlanOp){.code = PLAN_GROUPS, .data = plan_put_blob(c->b, NULL, 0)});
	add_numbers(c->b, PLAN_IDENTITY, 0, 0);
	plan_repeat(c->b, confinement);
	r = add_exec(c, &handler->exec, false, err);
	if (r < 0)
		return wrap(err, r, "app \"%s\": event handler \"%s\"", c->runtime->name,
			handler->name);
	*ret = plan_range_since(c->b, position);
	return 0;
}

static int add_handlers(AppCompile *c, PlanRange confinement, PlanApp *app, Error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->app->n_event_handlers; i++) {
		const EventHandler *handler = &c->app->event_handlers[i];
		bool before = streq(handler->name, "pre-start");

		r = add_handler(
			c, handler, confinement, before ? &app->pre_start : &app->post_stop, err);
	}
	return r;
}

/* As what the app is. */
static void add_own_identity(AppCompile *c)
{
	add_groups(c);
	add_numbers(c->b, PLAN_IDENTITY, c->uid, c->gid);
}

static int add_liveness(AppCompile *c, PlanRange confinement, PlanProbe *ret, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	uint32_t position = plan_position(c->b);
	Liveness l;
	int r = liveness_of(&c->runtime->annotations, &arena, &l, err);

	if (r < 0)
		return wrap(err, r, "app \"%s\"", c->runtime->name);
	if (l.kind == LIVENESS_NONE)
		return 0;
	add_own_identity(c);
	if (l.kind == LIVENESS_EXEC) {
		plan_repeat(c->b, confinement);
		r = add_exec(c, &l.exec, false, err);
		if (r < 0)
			return wrap(err, r, "app \"%s\": liveness probe", c->runtime->name);
	} else {
		plan_add(c->b, (PlanOp){
				       .code = PLAN_CONNECT,
				       .path = plan_put_string(
					       c->b, l.kind == LIVENESS_HTTP ? l.path : NULL),
				       .num = {l.port},
			       });
	}
	*ret = (PlanProbe){
		.ops = plan_range_since(c->b, position),
		.interval = l.interval,
		.timeout = l.timeout,
		.delay = l.delay,
		.failures = l.failures,
	};
	return 0;
}

/* Steps in the order that the kernel demands: what needs a privilege stands before the step that
 * gives it up. */
static int add_steps(AppCompile *c, PlanApp *app, Error *err)
{
	uint32_t position = plan_position(c->b), confinement;
	PlanRange confined;
	int r = add_shared_steps(c, err);

	if (r < 0)
		return r;
	if (c->app->exec.n == 0) {
		fail(err, -EINVAL, "image \"%s\" has an empty \"exec\" (try --exec=BINARY)",
			c->image->manifest->name);
		return wrap(err, -EINVAL, "app \"%s\" has no executable", c->runtime->name);
	}
	app->n_shared = plan_position(c->b) - position;
	add_own_identity(c);
	confinement = plan_position(c->b);
	r = add_seccomp(c, err);
	confined = plan_range_since(c->b, confinement);
	if (r == 0)
		r = add_exec(c, &c->app->exec, c->sockets, err);
	app->ops = plan_range_since(c->b, position);
	if (r == 0)
		r = add_handlers(c, confined, app, err);
	return r < 0 ? r : add_liveness(c, confined, &app->liveness, err);
}

/* Whether, and how often, the app is started again. */
static int put_restart(const AppCompile *c, PlanApp *app, Error *err)
{
	static const uint8_t modes[] = {
		[RESTART_NO] = PLAN_RESTART_NO,
		[RESTART_ON_FAILURE] = PLAN_RESTART_ON_FAILURE,
		[RESTART_ALWAYS] = PLAN_RESTART_ALWAYS,
	};
	RestartPolicy policy;
	int r = restart_policy_of(&c->runtime->annotations, &policy, err);

	if (r < 0)
		return wrap(err, r, "app \"%s\"", c->runtime->name);
	app->restart = modes[policy.mode];
	app->restarts_max = policy.max;
	return 0;
}

static uint16_t stop_signal(const AppCompile *c)
{
	const char *name =
		image_manifest_annotation(c->image->manifest, OCI_STOP_SIGNAL_ANNOTATION);
	int number = name ? signal_by_name(name) : 0;

	return (uint16_t)(number > 0 ? number : SIGTERM);
}

int compile_process(AppCompile *c, Error *err)
{
	PlanApp app = {
		.name = plan_put_string(c->b, c->runtime->name),
		.host = compile_limits(c),
		.stop_signal = stop_signal(c),
		.notifies = c->notifies,
	};
	int r;

	r = compile_identity(c, err);
	if (r == 0)
		r = compile_streams(c, err);
	if (r == 0)
		r = put_restart(c, &app, err);
	if (r == 0)
		r = add_steps(c, &app, err);
	if (r < 0)
		return r;
	memcpy(app.stream, c->stream, sizeof app.stream);
	app.log = c->log;
	if (c->sockets) {
		app.sockets = plan_put_blob(
			c->b, c->sockets->places, c->sockets->n * sizeof *c->sockets->places);
		app.n_sockets = (uint16_t)c->sockets->n;
	}
	plan_add_app(c->b, app);
	return 0;
}
