/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/print.h"

#include "plan/describe.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* One operation as it grows. jansson takes NULL for an error and passes it on: whether all went
 * well is seen once, in ok. */
typedef struct Object {
	json_t *json, *list; /* list: the one that is open, borrowed from json; or NULL */
	const PlanDetail *detail;
	bool ok;
} Object;

static void put(Object *o, json_t *value)
{
	int r = o->list ? json_array_append_new(o->list, value)
			: json_object_set_new(o->json, o->detail->member, value);

	o->ok = o->ok && r == 0;
}

static void put_detail(void *to, const PlanDetail *detail)
{
	((Object *)to)->detail = detail;
}

static void put_list(void *to, bool begin)
{
	Object *o = to;
	json_t *list = begin ? json_array() : NULL;

	o->list = NULL;
	if (begin)
		put(o, list);
	o->list = list;
}

/* JSON holds characters, and names and contents of files are bytes: one that is none becomes the
 * replacement character. */
static json_t *lossy(const char *s, size_t len)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(sizeof REPLACEMENT * (len + 1));

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x80)
			strbuf_putc(&text, s[i]);
		else
			strbuf_puts(&text, REPLACEMENT);
	return text.error ? NULL : json_stringn(strbuf_text(&text), text.len);
}

static void put_text(void *to, const char *s, size_t len)
{
	json_t *value = json_stringn(s, len);

	put(to, value ? value : lossy(s, len));
}

static void put_number(void *to, int64_t number)
{
	put(to, json_integer(number));
}

static const PlanReader reader = {put_detail, put_list, put_text, put_number};

static json_t *op_to_json(const Plan *plan, const PlanOp *op)
{
	Object o = {.json = json_pack("{s:s}", "op", plan_code_name(op->code)), .ok = true};

	plan_describe_op(plan, op, &reader, &o);
	if (!o.ok) {
		json_decref(o.json);
		return NULL;
	}
	return o.json;
}

static json_t *range_to_json(const Plan *plan, PlanRange range)
{
	_cleanup_json_ json_t *list = json_array();

	for (uint32_t i = range.first; i < range.first + range.n; i++)
		if (json_array_append_new(list, op_to_json(plan, &plan->ops[i])) < 0)
			return NULL;
	return TAKE_PTR(list);
}

static json_t *app_to_json(const Plan *plan, const PlanApp *app)
{
	return json_pack("{s:s, s:i, s:s, s:s, s:s, s:o, s:o}", "name",
		plan_string(plan, app->name), "stop_signal", (int)app->stop_signal, "stdin",
		plan_stream_name(app->stream[0]), "stdout", plan_stream_name(app->stream[1]),
		"stderr", plan_stream_name(app->stream[2]), "host", range_to_json(plan, app->host),
		"ops", range_to_json(plan, app->ops));
}

static json_t *apps_to_json(const Plan *plan)
{
	_cleanup_json_ json_t *list = json_array();

	for (uint32_t i = 0; i < plan->header->n_apps; i++)
		if (json_array_append_new(list, app_to_json(plan, &plan->apps[i])) < 0)
			return NULL;
	return TAKE_PTR(list);
}

json_t *plan_to_json(const Plan *plan)
{
	static const PlanDetail namespaces = {"namespaces"};
	const PlanHeader *h = plan->header;
	Object o = {.json = json_pack("{s:s}", "uuid", h->uuid), .ok = true};

	put_detail(&o, &namespaces);
	plan_describe_namespaces(h->namespaces, &reader, &o);
	if (!o.ok ||
		json_object_set_new(o.json, "stop_timeout", json_integer(h->stop_timeout)) < 0 ||
		json_object_set_new(o.json, "host", range_to_json(plan, h->host)) < 0 ||
		json_object_set_new(o.json, "pod", range_to_json(plan, h->pod)) < 0 ||
		json_object_set_new(o.json, "apps", apps_to_json(plan)) < 0) {
		json_decref(o.json);
		return NULL;
	}
	return o.json;
}
