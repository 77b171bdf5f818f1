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

static json_t *to_json(const PlanOptions *o)
{
	json_t *json = json_object();
	int r = json_object_set_new(json, "open", json_integer(o->open));

	for (size_t i = 0; i < ARRAY_LEN(switches); i++)
		r |= json_object_set_new(json, switches[i].name,
			json_boolean(*(const bool *)((const char *)o + switches[i].at)));
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		r |= json_object_set_new(json, texts[i].name,
			json_boolean(*(const char *const *)(const void *)((const char *)o +
									  texts[i].at) != NULL));
	if (r == 0)
		return json;
	json_decref(json);
	return NULL;
}

int start_options_write(const Pod *pod, const PlanOptions *options, Error *err)
{
	_cleanup_json_ json_t *json = to_json(options);
	_cleanup_free_ char *text = NULL;

	if (!json || json_print(json, false, &text) < 0)
		return fail_oom(err);
	return fd_write_file(pod->fd, CONFIG_FILE, 0640, text, strlen(text), err);
}

/* False when something is missing or is something else. */
static bool from_json(const json_t *json, PlanOptions *o)
{
	const json_t *open = json_object_get(json, "open");

	for (size_t i = 0; i < ARRAY_LEN(switches); i++) {
		const json_t *value = json_object_get(json, switches[i].name);

		if (!json_is_boolean(value))
			return false;
		*(bool *)((char *)o + switches[i].at) = json_is_true(value);
	}
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		const json_t *value = json_object_get(json, texts[i].name);

		if (!json_is_boolean(value))
			return false;
		*(const char **)(void *)((char *)o + texts[i].at) = json_is_true(value) ? "" : NULL;
	}
	o->open = (unsigned)json_integer_value(open);
	return json_is_integer(open);
}

int start_options_read(const Pod *pod, PlanOptions *ret, Error *err)
{
	_cleanup_json_ json_t *json = NULL;
	_cleanup_free_ char *text = NULL;
	PlanOptions o = {0};
	size_t len;
	int r;

	r = fd_read_file(pod->fd, CONFIG_FILE, CONFIG_MAX, &text, &len, err);
	if (r == 0)
		r = json_parse(text, len, CONFIG_FILE, &json, err);
	if (r < 0)
		return r;
	if (!from_json(json, &o))
		return fail(err, -EINVAL, "%s of pod %s is damaged", CONFIG_FILE, pod->uuid);
	*ret = o;
	return 0;
}
