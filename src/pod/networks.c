/* SPDX-License-Identifier: Apache-2.0 */

/* net-info.json. */

#include "pod/pod.h"

#include "base/fd.h"
#include "base/json.h"

#define NET_INFO_MAX (1u << 20)

void pod_networks_free(PodNetwork *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].net_name);
		free(list[i].net_conf);
		free(list[i].plugin_path);
		free(list[i].if_name);
		free(list[i].ip);
		free(list[i].args);
		free(list[i].mask);
	}
	free(list);
}

static int parse_network(const Json *object, PodNetwork *ret, Error *err)
{
	const struct {
		const char *member;
		char **value;
	} fields[] = {
		{"netName", &ret->net_name},
		{"netConf", &ret->net_conf},
		{"pluginPath", &ret->plugin_path},
		{"ifName", &ret->if_name},
		{"ip", &ret->ip},
		{"args", &ret->args},
		{"mask", &ret->mask},
	};

	if (!json_is(object, JSON_OBJECT))
		return fail(err, -EINVAL, "net-info.json: an entry is not an object");
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		const Json *value = json_get(object, fields[i].member);

		if (value && !json_is(value, JSON_NULL) && !json_is(value, JSON_STRING))
			return fail(err, -EINVAL, "net-info.json: %s is not a string",
				fields[i].member);
		*fields[i].value = strdup(json_is(value, JSON_STRING) ? json_text(value) : "");
		if (!*fields[i].value)
			return fail_oom(err);
	}
	return 0;
}

static int parse_networks(const Json *array, PodNetwork **ret, size_t *ret_n, Error *err)
{
	size_t n = json_count(array), i = 0;
	PodNetwork *list;

	if (!json_is(array, JSON_ARRAY) && !json_is(array, JSON_NULL))
		return fail(err, -EINVAL, "net-info.json: not a list");
	if (n == 0) {
		*ret = NULL;
		*ret_n = 0;
		return 0;
	}
	list = calloc(n, sizeof *list);
	if (!list)
		return fail_oom(err);
	for (const Json *item = json_first(array); item; item = item->next, i++) {
		int r = parse_network(item, &list[i], err);

		if (r < 0) {
			pod_networks_free(list, n);
			return r;
		}
	}
	*ret = list;
	*ret_n = n;
	return 0;
}

int pod_read_networks(const Pod *p, PodNetwork **ret, size_t *ret_n, Error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_(arena_done) Arena arena = {0};
	Json *value;
	size_t len;
	int r;

	r = fd_read_file(p->fd, "net-info.json", NET_INFO_MAX, &text, &len, err);
	if (r == -ENOENT) {
		error_clear(err);
		*ret = NULL;
		*ret_n = 0;
		return 0;
	}
	if (r < 0)
		return r;
	r = json_parse(&arena, text, len, "net-info.json", &value, err);
	return r < 0 ? r : parse_networks(value, ret, ret_n, err);
}
