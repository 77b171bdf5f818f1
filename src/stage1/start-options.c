/* SPDX-License-Identifier: Apache-2.0 */
#include "stage1/start-options.h"

#include "base/fd.h"
#include "base/json.h"

#define CONFIG_FILE "runtime-config"
#define CONFIG_MAX  4096

typedef struct Member {
	const char *name;
	size_t at; /* in PlanOptions */
} Member;

static const Member switches[] = {
	{"durable", offsetof(PlanOptions, durable)},
	{"noOverlay", offsetof(PlanOptions, no_overlay)},
	{"hostNetwork", offsetof(PlanOptions, host_network)},
	{"hostResolvConf", offsetof(PlanOptions, host_resolv_conf)},
	{"noResolvConf", offsetof(PlanOptions, no_resolv_conf)},
	{"hostHosts", offsetof(PlanOptions, host_hosts)},
};

/* Texts count as given or not given: what they say is in files of the pod. */
static const Member texts[] = {
	{"resolvConf", offsetof(PlanOptions, resolv_conf)},
	{"hosts", offsetof(PlanOptions, hosts)},
};

static Json *to_json(Arena *arena, const PlanOptions *o)
{
	Json *json = json_new(arena, JSON_OBJECT);

	json = json_add_integer(arena, json, "open", o->open);
	for (size_t i = 0; i < ARRAY_LEN(switches); i++) {
		bool set = *(const bool *)((const char *)o + switches[i].at);

		json = json_add(arena, json, switches[i].name, json_new_bool(arena, set));
	}
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const char *text =
			*(const char *const *)(const void *)((const char *)o + texts[i].at);

		json = json_add(arena, json, texts[i].name, json_new_bool(arena, text != NULL));
	}
	return json;
}

int start_options_write(const Pod *pod, const PlanOptions *options, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_free_ char *text = NULL;

	if (json_print(to_json(&arena, options), false, &text) < 0)
		return fail_oom(err);
	return fd_write_file(pod->fd, CONFIG_FILE, 0640, text, strlen(text), err);
}

/* False when something is missing or is something else. */
static bool from_json(const Json *json, PlanOptions *o)
{
	const Json *open = json_get(json, "open");

	for (size_t i = 0; i < ARRAY_LEN(switches); i++) {
		const Json *value = json_get(json, switches[i].name);

		if (!json_is_bool(value))
			return false;
		*(bool *)((char *)o + switches[i].at) = json_is(value, JSON_TRUE);
	}
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const Json *value = json_get(json, texts[i].name);

		if (!json_is_bool(value))
			return false;
		*(const char **)(void *)((char *)o + texts[i].at) =
			json_is(value, JSON_TRUE) ? "" : NULL;
	}
	o->open = (unsigned)json_integer(open);
	return json_is(open, JSON_INTEGER);
}

int start_options_read(const Pod *pod, PlanOptions *ret, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_free_ char *text = NULL;
	Json *json;
	PlanOptions o = {0};
	size_t len;
	int r;

	r = fd_read_file(pod->fd, CONFIG_FILE, CONFIG_MAX, &text, &len, err);
	if (r == 0)
		r = json_parse(&arena, text, len, CONFIG_FILE, &json, err);
	if (r < 0)
		return r;
	if (!from_json(json, &o))
		return fail(err, -EINVAL, "%s of pod %s is damaged", CONFIG_FILE, pod->uuid);
	*ret = o;
	return 0;
}
