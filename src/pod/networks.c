/* SPDX-License-Identifier: Apache-2.0 */

/* net-info.json. */

#include "pod/pod.h"

#include "base/atomic-file.h"
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
		free(list[i].ip6);
	}
	free(list);
}

static const struct {
	const char *name;
	size_t offset;
	bool optional; /* not written when it is empty */
} members[] = {
	{"netName", offsetof(PodNetwork, net_name)},
	{"netConf", offsetof(PodNetwork, net_conf)},
	{"pluginPath", offsetof(PodNetwork, plugin_path)},
	{"ifName", offsetof(PodNetwork, if_name)},
	{"ip", offsetof(PodNetwork, ip)},
	{"args", offsetof(PodNetwork, args)},
	{"mask", offsetof(PodNetwork, mask)},
	{"ip6", offsetof(PodNetwork, ip6), .optional = true},
};

static char **member_of(const PodNetwork *network, size_t i)
{
	return (char **)(uintptr_t)((const char *)network + members[i].offset);
}

static int parse_network(const Json *object, const char *file, PodNetwork *ret, Error *err)
{
	if (!json_is(object, JSON_OBJECT))
		return fail(err, -EINVAL, "%s: an entry is not an object", file);
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		const Json *value = json_get(object, members[i].name);
		char **text = member_of(ret, i);

		if (value && !json_is(value, JSON_NULL) && !json_is(value, JSON_STRING))
			return fail(err, -EINVAL, "%s: %s is not a string", file, members[i].name);
		*text = strdup(json_is(value, JSON_STRING) ? json_text(value) : "");
		if (!*text)
			return fail_oom(err);
	}
	return 0;
}

static int parse_networks(
	const Json *array, const char *file, PodNetwork **ret, size_t *ret_n, Error *err)
{
	size_t n = json_count(array), i = 0;
	PodNetwork *list;

	if (!json_is(array, JSON_ARRAY) && !json_is(array, JSON_NULL))
		return fail(err, -EINVAL, "%s: not a list", file);
	if (n == 0) {
		*ret = NULL;
		*ret_n = 0;
		return 0;
	}
	list = calloc(n, sizeof *list);
	if (!list)
		return fail_oom(err);
	for (const Json *item = json_first(array); item; item = item->next, i++) {
		int r = parse_network(item, file, &list[i], err);

		if (r < 0) {
			pod_networks_free(list, n);
			return r;
		}
	}
	*ret = list;
	*ret_n = n;
	return 0;
}

int pod_read_networks(const Pod *p, const char *file, PodNetwork **ret, size_t *ret_n, Error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_(arena_done) Arena arena = {0};
	Json *value;
	size_t len;
	int r;

	r = fd_read_file(p->fd, file, NET_INFO_MAX, &text, &len, err);
	if (r == -ENOENT) {
		error_clear(err);
		*ret = NULL;
		*ret_n = 0;
		return 0;
	}
	if (r < 0)
		return r;
	r = json_parse(&arena, text, len, file, &value, err);
	return r < 0 ? r : parse_networks(value, file, ret, ret_n, err);
}

int pod_write_networks(const Pod *p, const char *file, const PodNetwork *list, size_t n, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_free_ char *text = NULL;
	Json *array = json_new(&arena, JSON_ARRAY);

	for (size_t i = 0; i < n; i++) {
		Json *object = json_new(&arena, JSON_OBJECT);

		for (size_t k = 0; k < ARRAY_LEN(members); k++) {
			const char *value = *member_of(&list[i], k);

			if (!value)
				value = "";
			if (*value != '\0' || !members[k].optional)
				object = json_add_text(&arena, object, members[k].name, value);
		}
		array = json_append(array, object);
	}
	if (json_print(array, false, &text) < 0)
		return fail_oom(err);
	return atomic_write(p->fd, file, 0644, text, strlen(text), err);
}
