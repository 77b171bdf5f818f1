/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/print.h"

#include "plan/describe.h"

/* One operation as it grows. Both are NULL once memory has run out. */
typedef struct Object {
	Arena *arena;
	Json *json, *list; /* list: the one that is open, or NULL */
	bool in_list;
	const PlanDetail *detail;
} Object;

static void put(Object *o, Json *value)
{
	if (o->in_list)
		o->list = json_append(o->list, value);
	else
		o->json = json_add(o->arena, o->json, o->detail->member, value);
}

static void put_detail(void *to, const PlanDetail *detail)
{
	((Object *)to)->detail = detail;
}

static void put_list(void *to, bool begin)
{
	Object *o = to;

	o->in_list = begin;
	if (begin)
		o->list = json_new(o->arena, JSON_ARRAY);
	else
		put(o, o->list);
}

static void put_text(void *to, const char *s, size_t len)
{
	put(to, json_new_lossy(((Object *)to)->arena, s, len));
}

static void put_number(void *to, int64_t number)
{
	put(to, json_new_integer(((Object *)to)->arena, number));
}

static const PlanReader reader = {put_detail, put_list, put_text, put_number};

static Json *op_to_json(Arena *arena, const Plan *plan, const PlanOp *op)
{
	Object o = {.arena = arena, .json = json_new(arena, JSON_OBJECT)};

	o.json = json_add_text(arena, o.json, "op", plan_code_name(op->code));
	plan_describe_op(plan, op, &reader, &o);
	return o.json;
}

static Json *range_to_json(Arena *arena, const Plan *plan, PlanRange range)
{
	Json *list = json_new(arena, JSON_ARRAY);

	for (uint32_t i = range.first; i < range.first + range.n; i++)
		list = json_append(list, op_to_json(arena, plan, &plan->ops[i]));
	return list;
}

static Json *sockets_to_json(Arena *arena, const Plan *plan, const PlanApp *app)
{
	Json *list = json_new(arena, JSON_ARRAY);

	for (unsigned i = 0; i < app->n_sockets; i++)
		list = json_append(list, json_new_integer(arena, plan_app_sockets(plan, app)[i]));
	return list;
}

static Json *probe_to_json(Arena *arena, const Plan *plan, const PlanProbe *probe)
{
	Json *json = json_new(arena, JSON_OBJECT);

	json = json_add_integer(arena, json, "interval_ms", probe->interval);
	json = json_add_integer(arena, json, "timeout_ms", probe->timeout);
	json = json_add_integer(arena, json, "delay_ms", probe->delay);
	json = json_add_integer(arena, json, "failures", probe->failures);
	return json_add(arena, json, "ops", range_to_json(arena, plan, probe->ops));
}

static Json *app_to_json(Arena *arena, const Plan *plan, const PlanApp *app)
{
	static const char *const streams[] = {"stdin", "stdout", "stderr"};
	Json *json = json_new(arena, JSON_OBJECT);

	json = json_add_text(arena, json, "name", plan_string(plan, app->name));
	json = json_add_integer(arena, json, "stop_signal", app->stop_signal);
	for (size_t i = 0; i < ARRAY_LEN(streams); i++)
		json = json_add_text(arena, json, streams[i], plan_stream_name(app->stream[i]));
	if (*plan_string(plan, app->log))
		json = json_add_text(arena, json, "log", plan_string(plan, app->log));
	if (app->notifies)
		json = json_add(arena, json, "notifies", json_new_bool(arena, true));
	if (app->n_sockets > 0)
		json = json_add(arena, json, "sockets", sockets_to_json(arena, plan, app));
	if (app->restart != PLAN_RESTART_NO)
		json = json_add_text(arena, json, "restart", plan_restart_name(app->restart));
	if (app->restarts_max > 0)
		json = json_add_integer(arena, json, "restarts_max", app->restarts_max);
	json = json_add(arena, json, "host", range_to_json(arena, plan, app->host));
	json = json_add(arena, json, "ops", range_to_json(arena, plan, app->ops));
	if (plan_app_is_kept(app))
		json = json_add_integer(arena, json, "shared", app->n_shared);
	if (app->pre_start.n > 0)
		json = json_add(
			arena, json, "pre_start", range_to_json(arena, plan, app->pre_start));
	if (app->post_stop.n > 0)
		json = json_add(
			arena, json, "post_stop", range_to_json(arena, plan, app->post_stop));
	if (app->liveness.ops.n > 0)
		json = json_add(
			arena, json, "liveness", probe_to_json(arena, plan, &app->liveness));
	return json;
}

static Json *apps_to_json(Arena *arena, const Plan *plan)
{
	Json *list = json_new(arena, JSON_ARRAY);

	for (uint32_t i = 0; i < plan->header->n_apps; i++)
		list = json_append(list, app_to_json(arena, plan, &plan->apps[i]));
	return list;
}

Json *plan_to_json(Arena *arena, const Plan *plan)
{
	static const PlanDetail namespaces = {"namespaces"};
	const PlanHeader *h = plan->header;
	Object o = {.arena = arena, .json = json_new(arena, JSON_OBJECT)};

	o.json = json_add_text(arena, o.json, "uuid", h->uuid);
	put_detail(&o, &namespaces);
	plan_describe_namespaces(h->namespaces, &reader, &o);
	o.json = json_add_integer(arena, o.json, "stop_timeout", h->stop_timeout);
	o.json = json_add(arena, o.json, "host", range_to_json(arena, plan, h->host));
	o.json = json_add(arena, o.json, "pod", range_to_json(arena, plan, h->pod));
	return json_add(arena, o.json, "apps", apps_to_json(arena, plan));
}
