/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pod-print.h"

#include "base/duration.h"

static Json *add_text(Arena *arena, Json *json, const char *name, const char *text)
{
	return json_add_text(arena, json, name, text ? text : "");
}

/* Nothing for 0. */
static Json *add_number(Arena *arena, Json *json, const char *name, int64_t number)
{
	return number != 0 ? json_add_integer(arena, json, name, number) : json;
}

/* Nothing for an empty map. */
static Json *add_map(Arena *arena, Json *json, const char *name, const NameValues *map)
{
	Json *inner = map->n > 0 ? json_new(arena, JSON_OBJECT) : NULL;

	for (size_t i = 0; i < map->n; i++)
		inner = add_text(arena, inner, map->items[i].name, map->items[i].value);
	return map->n > 0 ? json_add(arena, json, name, inner) : json;
}

static bool has_ip6(const PodNetwork *net)
{
	return net->ip6 && *net->ip6;
}

static Json *network_to_json(Arena *arena, const PodNetwork *net)
{
	const NameValue texts[] = {{"netName", net->net_name}, {"netConf", net->net_conf},
		{"pluginPath", net->plugin_path}, {"ifName", net->if_name}, {"ip", net->ip},
		{"args", net->args}, {"mask", net->mask}};
	Json *json = json_new(arena, JSON_OBJECT);

	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		json = json_add_text(arena, json, texts[i].name, texts[i].value);
	return has_ip6(net) ? json_add_text(arena, json, "ip6", net->ip6) : json;
}

static Json *mount_to_json(Arena *arena, const AppMountInfo *mount)
{
	Json *json = json_new(arena, JSON_OBJECT);

	json = json_add_text(arena, json, "name", mount->name);
	json = json_add_text(arena, json, "container_path", mount->container_path);
	json = json_add_text(arena, json, "host_path", mount->host_path);
	return json_add(arena, json, "read_only", json_new_bool(arena, mount->read_only));
}

static Json *add_mounts(Arena *arena, Json *json, const AppInfo *app)
{
	Json *list = json_new(arena, JSON_ARRAY);

	for (size_t i = 0; i < app->n_mounts; i++)
		list = json_append(list, mount_to_json(arena, &app->mounts[i]));
	return json_add(arena, json, "mounts", list);
}

Json *app_info_to_json(Arena *arena, const AppInfo *app)
{
	Json *json = json_new(arena, JSON_OBJECT);

	json = add_text(arena, json, "name", app->name);
	json = add_text(arena, json, "state", app_state_name(app->state));
	json = add_number(arena, json, "created_at", app->created_at);
	json = add_number(arena, json, "started_at", app->started_at);
	json = add_number(arena, json, "finished_at", app->finished_at);
	if (app->has_exit_code)
		json = json_add_integer(arena, json, "exit_code", app->exit_code);
	if (app->restarts > 0)
		json = json_add_integer(arena, json, "restarts", app->restarts);
	if (app->oom_killed)
		json = json_add(arena, json, "oom_killed", json_new_bool(arena, true));
	json = add_text(arena, json, "image_id", app->image_id);
	if (app->n_mounts > 0)
		json = add_mounts(arena, json, app);
	json = add_map(arena, json, "user_annotations", &app->user_annotations);
	return add_map(arena, json, "user_labels", &app->user_labels);
}

static Json *add_networks(Arena *arena, Json *json, const PodInfo *info)
{
	Json *list = json_new(arena, JSON_ARRAY);

	for (size_t i = 0; i < info->n_networks; i++)
		list = json_append(list, network_to_json(arena, &info->networks[i]));
	return json_add(arena, json, "networks", list);
}

static Json *add_apps(Arena *arena, Json *json, const PodInfo *info)
{
	Json *names = json_new(arena, JSON_ARRAY), *apps = json_new(arena, JSON_ARRAY);

	for (size_t i = 0; i < info->n_apps; i++) {
		names = json_append(names, json_new_text(arena, info->apps[i].name));
		apps = json_append(apps, app_info_to_json(arena, &info->apps[i]));
	}
	json = json_add(arena, json, "app_names", names);
	return json_add(arena, json, "apps", apps);
}

int pod_to_json(Arena *arena, const PodInfo *info, Json **ret, Error *err)
{
	Json *json = json_new(arena, JSON_OBJECT);

	if (info->created_at == 0)
		return fail(err, -EINVAL, "pod \"%s\": invalid creation time", info->uuid);
	json = add_text(arena, json, "name", info->uuid);
	if (info->name)
		json = add_text(arena, json, "pod_name", info->name);
	json = add_text(arena, json, "state", pod_state_name(info->state));
	if (info->n_networks > 0)
		json = add_networks(arena, json, info);
	if (info->n_apps > 0)
		json = add_apps(arena, json, info);
	/* Seconds here, though the apps have nanoseconds. */
	json = add_number(arena, json, "created_at", info->created_at / NS_PER_SEC);
	json = add_number(arena, json, "started_at", info->started_at / NS_PER_SEC);
	json = add_map(arena, json, "user_annotations", &info->user_annotations);
	json = add_map(arena, json, "user_labels", &info->user_labels);
	if (!json)
		return fail_oom(err);
	*ret = json;
	return 0;
}

void pod_put_networks(const PodInfo *info, StrBuf *out)
{
	for (size_t i = 0; i < info->n_networks; i++) {
		const PodNetwork *net = &info->networks[i];

		if (i > 0)
			strbuf_puts(out, ", ");
		/* A network that gives no address at all has always stood here like this. */
		if (*net->ip || !has_ip6(net))
			strbuf_printf(out, "%s:ip4=%s%s", net->net_name, net->ip,
				has_ip6(net) ? ", " : "");
		if (has_ip6(net))
			strbuf_printf(out, "%s:ip6=%s", net->net_name, net->ip6);
	}
}
