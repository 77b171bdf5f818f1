/* SPDX-License-Identifier: Apache-2.0 */

/* An app's own process: environment, privileges, and the program that it becomes. */

#include "plan/compile-internal.h"

#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include "base/signal-name.h"
#include "isolate/caps.h"
#include "isolate/seccomp.h"
#include "spec/metadata-service.h"
#include "spec/oci.h"
#include "plan/compile-seccomp.h"

#define ENVIRONMENT_MAX (1u << 20)

/* Set for every app that does not say otherwise. */
static const NameValue default_environment[] = {
	{"PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
	{"SHELL", "/bin/sh"},
	{"USER", "root"},
	{"LOGNAME", "root"},
	{"HOME", "/root"},
};

static void put_variable(StrBuf *b, const char *name, const char *value)
{
	strbuf_printf(b, "%s=%s", name, value);
	strbuf_putc(b, '\0');
}

/* Where the app's pod is described by the metadata service. Who the host is to a pod in networks of
 * its own turns out when it is connected to them. */
static void put_metadata_url(const AppCompile *c, StrBuf *list, PlanOp *exec)
{
	static const char before[] = METADATA_VARIABLE "=http://", after[] = ":" METADATA_PORT "/";
	const PlanOptions *o = &c->in->options;
	char text[sizeof before + sizeof after + METADATA_TOKEN_SIZE + sizeof "127.0.0.1"];

	if (!o->metadata_token)
		return;
	(void)snprintf(text, sizeof text, "%s%s%s%s", before,
		o->host_network ? "127.0.0.1" : PLAN_HOST_PLACE, after, o->metadata_token);
	if (o->host_network)
		strbuf_add(list, text, strlen(text) + 1);
	else
		exec->source = plan_put_string(c->b, text);
}

/* What sd_listen_fds_with_names(3) reads, but for LISTEN_PID, which the app's process adds. */
static void put_sockets(const AppCompile *c, StrBuf *list)
{
	if (!c->sockets)
		return;
	strbuf_printf(list, "LISTEN_FDS=%zu", c->sockets->n);
	strbuf_putc(list, '\0');
	strbuf_puts(list, "LISTEN_FDNAMES=");
	for (size_t i = 0; i < c->sockets->n; i++)
		strbuf_printf(list, "%s%s", i > 0 ? ":" : "", c->sockets->names[i]);
	strbuf_putc(list, '\0');
}

/* Variables that are rkt's own, whatever else was given for them. */
static bool is_own_variable(const AppCompile *c, const char *name)
{
	return streq(name, "AC_APP_NAME") ||
	       (c->in->options.metadata_token && streq(name, METADATA_VARIABLE)) ||
	       (c->notifies && streq(name, "NOTIFY_SOCKET")) ||
	       (c->sockets && (streq(name, "LISTEN_FDS") || streq(name, "LISTEN_PID") ||
				      streq(name, "LISTEN_FDNAMES")));
}

static int put_environment(AppCompile *c, PlanOp *exec, Error *err)
{
	_cleanup_strbuf_ StrBuf list = STRBUF_INIT(ENVIRONMENT_MAX);
	const NameValues *given = &c->app->environment;

	put_variable(&list, "AC_APP_NAME", c->runtime->name);
	put_metadata_url(c, &list, exec);
	put_sockets(c, &list);
	if (c->notifies)
		put_variable(&list, "NOTIFY_SOCKET", COMPILE_NOTIFY_SOCKET);
	for (size_t i = 0; i < given->n; i++)
		if (!is_own_variable(c, given->items[i].name))
			put_variable(&list, given->items[i].name, given->items[i].value);
	for (size_t i = 0; i < ARRAY_LEN(default_environment); i++)
		if (!name_values_find(given, default_environment[i].name))
			put_variable(
				&list, default_environment[i].name, default_environment[i].value);
	if (c->term && !name_values_find(given, "TERM"))
		put_variable(&list, "TERM", c->term);
	if (list.error)
		return fail(err, list.error, "the environment of app \"%s\" is too large",
			c->runtime->name);
	exec->aux = plan_put_blob(c->b, list.text, list.len);
	exec->aux_len = (uint32_t)list.len;
	return 0;
}

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

static int add_exec(AppCompile *c, Error *err)
{
	PlanOp op = {.code = PLAN_EXEC};
	_cleanup_free_ char *program = NULL;
	_cleanup_free_ const char **argv = NULL;
	const StrList *exec = &c->app->exec;
	int r;

	if (exec->n == 0) {
		fail(err, -EINVAL, "image \"%s\" has an empty \"exec\" (try --exec=BINARY)",
			c->image->manifest->name);
		return wrap(err, -EINVAL, "app \"%s\" has no executable", c->runtime->name);
	}
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
	r = put_environment(c, &op, err);
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

/* Steps in the order that the kernel demands: what needs a privilege stands before the step that
 * gives it up. */
static int add_steps(AppCompile *c, Error *err)
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
	add_groups(c);
	add_numbers(c->b, PLAN_IDENTITY, c->uid, c->gid);
	r = add_seccomp(c, err);
	return r < 0 ? r : add_exec(c, err);
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
	uint32_t position = plan_position(c->b);
	int r;

	r = compile_identity(c, err);
	if (r == 0)
		r = compile_streams(c, err);
	if (r == 0)
		r = add_steps(c, err);
	if (r < 0)
		return r;
	memcpy(app.stream, c->stream, sizeof app.stream);
	if (c->sockets) {
		app.sockets = plan_put_blob(
			c->b, c->sockets->places, c->sockets->n * sizeof *c->sockets->places);
		app.n_sockets = (uint16_t)c->sockets->n;
	}
	app.ops = plan_range_since(c->b, position);
	plan_add_app(c->b, app);
	return 0;
}
