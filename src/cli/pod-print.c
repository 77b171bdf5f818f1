/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pod-print.h"

#include "base/duration.h"

/* The functions below add to json values that may have failed to come into being. jansson takes
 * NULL for an error and passes it on: whether all went well is seen once, in ok. */
typedef struct Object {
	json_t *json;
	bool ok;
} Object;

static void put(Object *o, const char *name, json_t *value)
{
	if (json_object_set_new(o->json, name, value) < 0)
		o->ok = false;
}

static void put_text(Object *o, const char *name, const char *text)
{
	put(o, name, json_string(text ? text : ""));
}

static void put_number(Object *o, const char *name, int64_t number)
{
	if (number != 0)
		put(o, name, json_integer(number));
}

static void put_map(Object *o, const char *name, const NameValues *map)
{
	Object inner = {.json = json_object(), .ok = true};

	for (size_t i = 0; i < map->n; i++)
		put_text(&inner, map->items[i].name, map->items[i].value);
	o->ok = o->ok && inner.ok;
	if (map->n > 0)
		put(o, name, inner.json);
	else
		json_decref(inner.json);
}

static json_t *network_to_json(const PodNetwork *net)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "netName", net->net_name, "netConf",
		net->net_conf, "pluginPath", net->plugin_path, "ifName", net->if_name, "ip",
		net->ip, "args", net->args, "mask", net->mask);
}

static json_t *mount_to_json(const AppMountInfo *mount)
{
	return json_pack("{s:s, s:s, s:s, s:b}", "name", mount->name, "container_path",
		mount->container_path, "host_path", mount->host_path, "read_only",
		mount->read_only);
}

static void put_mounts(Object *o, const AppInfo *app)
{
	json_t *list = json_array();

	for (size_t i = 0; i < app->n_mounts; i++)
		if (json_array_append_new(list, mount_to_json(&app->mounts[i])) < 0)
			o->ok = false;
	put(o, "mounts", list);
}

static json_t *app_info_to_json(const AppInfo *app)
{
	Object o = {.json = json_object(), .ok = true};

	put_text(&o, "name", app->name);
	put_text(&o, "state", app_state_name(app->state));
	put_number(&o, "created_at", app->created_at);
	put_number(&o, "started_at", app->started_at);
	put_number(&o, "finished_at", app->finished_at);
	if (app->has_exit_code)
		put(&o, "exit_code", json_integer(app->exit_code));
	if (app->oom_killed)
		put(&o, "oom_killed", json_true());
	put_text(&o, "image_id", app->image_id);
	if (app->n_mounts > 0)
		put_mounts(&o, app);
	put_map(&o, "user_annotations", &app->user_annotations);
	put_map(&o, "user_labels", &app->user_labels);
	if (!o.ok) {
		json_decref(o.json);
		return NULL;
	}
	return o.json;
}

static void put_networks(Object *o, const PodInfo *info)
{
	json_t *list = json_array();

	for (size_t i = 0; i < info->n_networks; i++)
		if (json_array_append_new(list, network_to_json(&info->networks[i])) < 0)
			o->ok = false;
	put(o, "networks", list);
}

static void put_apps(Object *o, const PodInfo *info)
{
	json_t *names = json_array(), *apps = json_array();

	for (size_t i = 0; i < info->n_apps; i++)
		if (json_array_append_new(names, json_string(info->apps[i].name)) < 0 ||
			json_array_append_new(apps, app_info_to_json(&info->apps[i])) < 0)
			o->ok = false;
	put(o, "app_names", names);
	put(o, "apps", apps);
}

int pod_to_json(const PodInfo *info, json_t **ret, Error *err)
{
	Object o = {.json = json_object(), .ok = true};

	if (info->created_at == 0) {
		json_decref(o.json);
		return fail(err, -EINVAL, "pod \"%s\": invalid creation time", info->uuid);
	}
	put_text(&o, "name", info->uuid);
	put_text(&o, "state", pod_state_name(info->state));
	if (info->n_networks > 0)
		put_networks(&o, info);
	if (info->n_apps > 0)
		put_apps(&o, info);
	/* Seconds here, though the apps have nanoseconds. */
	put_number(&o, "created_at", info->created_at / NS_PER_SEC);
	put_number(&o, "started_at", info->started_at / NS_PER_SEC);
	put_map(&o, "user_annotations", &info->user_annotations);
	put_map(&o, "user_labels", &info->user_labels);
	if (!o.ok) {
		json_decref(o.json);
		return fail_oom(err);
	}
	*ret = o.json;
	return 0;
}

void pod_put_networks(const PodInfo *info, StrBuf *out)
{
	for (size_t i = 0; i < info->n_networks; i++)
		strbuf_printf(out, "%s%s:ip4=%s", i > 0 ? ", " : "", info->networks[i].net_name,
			info->networks[i].ip);
}
