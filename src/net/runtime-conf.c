/* SPDX-License-Identifier: Apache-2.0 */
#include "net/runtime-conf.h"

#include "base/cleanup.h"

static bool takes(const CniPlugin *plugin, const char *capability)
{
	return json_is(json_get(json_get(plugin->json, "capabilities"), capability), JSON_TRUE);
}

static Json *list_ports(Arena *arena, const RuntimeConf *conf)
{
	Json *list = json_new(arena, JSON_ARRAY);

	for (size_t i = 0; i < conf->n_ports; i++) {
		const PodPort *port = &conf->ports[i];

		for (unsigned k = 0; k < port->count; k++) {
			Json *item = json_new(arena, JSON_OBJECT);

			item = json_add_integer(arena, item, "hostPort", port->host_port + k);
			item = json_add_integer(arena, item, "containerPort", port->pod_port + k);
			item = json_add_text(arena, item, "protocol", port->protocol);
			if (port->host_ip)
				item = json_add_text(arena, item, "hostIP", port->host_ip);
			list = json_append(list, item);
		}
	}
	return list;
}

static Json *list_texts(Arena *arena, const char *const *items, size_t n)
{
	Json *list = json_new(arena, JSON_ARRAY);

	for (size_t i = 0; i < n; i++)
		list = json_append(list, json_new_text(arena, items[i]));
	return list;
}

static Json *describe_dns(Arena *arena, const CniDns *dns)
{
	Json *object = json_new(arena, JSON_OBJECT);

	object = json_add(
		arena, object, "servers", list_texts(arena, dns->nameservers, dns->n_nameservers));
	object = json_add(arena, object, "searches", list_texts(arena, dns->search, dns->n_search));
	return json_add(arena, object, "options", list_texts(arena, dns->options, dns->n_options));
}

/* What a plugin asks for, an empty object when that is nothing. ports: its network is the one. */
static Json *answer(Arena *arena, const RuntimeConf *conf, const CniPlugin *plugin, bool ports)
{
	Json *object = json_new(arena, JSON_OBJECT);

	if (ports && conf->n_ports > 0 && takes(plugin, "portMappings"))
		object = json_add(arena, object, "portMappings", list_ports(arena, conf));
	if (conf->dns && takes(plugin, "dns"))
		object = json_add(arena, object, "dns", describe_dns(arena, conf->dns));
	return object;
}

/* A copy of the object with another value for one member. */
static Json *with_member(Arena *arena, const Json *object, const char *name, Json *value)
{
	Json *copy = json_new(arena, JSON_OBJECT);

	for (const Json *m = json_first_member(object); m; m = m->next)
		if (!streq(m->name, name))
			copy = json_add(arena, copy, m->name, json_shared(arena, m));
	return json_add(arena, copy, name, value);
}

/* The configuration, with some plugins' parts being other ones, in place of the network's. */
static int rewrite(Arena *arena, Network *network, Json *const *parts, Error *err)
{
	const size_t n = network->conf.n_plugins;
	_cleanup_free_ char *text = NULL;
	Json *root, *list = json_new(arena, JSON_ARRAY);
	int r = json_parse(arena, network->text, network->len, network->file, &root, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++)
		list = json_append(list,
			parts[i] ? parts[i] : json_shared(arena, network->conf.plugins[i].json));
	if (json_get(root, "plugins"))
		root = with_member(arena, root, "plugins", list);
	else
		root = parts[0];
	if (json_print(root, false, &text) < 0)
		return fail_oom(err);
	network->text = arena_strdup(arena, text);
	network->len = strlen(text);
	if (!network->text)
		return fail_oom(err);
	return cni_network_parse(network->text, network->len, arena, &network->conf, err);
}

static int add_to(Arena *arena, Network *network, const RuntimeConf *conf, bool ports,
	bool *ret_ports, Error *err)
{
	Json **parts = arena_new(arena, Json *, network->conf.n_plugins);
	bool changed = false;

	if (!parts)
		return fail_oom(err);
	for (size_t i = 0; i < network->conf.n_plugins; i++) {
		const CniPlugin *plugin = &network->conf.plugins[i];
		Json *object = answer(arena, conf, plugin, ports);

		if (!object)
			return fail_oom(err);
		if (json_count_members(object) == 0)
			continue;
		*ret_ports |= json_get(object, "portMappings") != NULL;
		parts[i] = with_member(arena, plugin->json, "runtimeConfig", object);
		changed = true;
	}
	return changed ? rewrite(arena, network, parts, err) : 0;
}

int runtime_conf_add(Networks *n, const RuntimeConf *conf, bool *ret_ports, Error *err)
{
	const Network *forwarding = networks_for_ports(n);
	int r = 0;

	*ret_ports = false;
	if (conf->n_ports == 0 && !conf->dns)
		return 0;
	for (size_t i = 0; i < n->n && r == 0; i++)
		r = add_to(
			&n->arena, &n->items[i], conf, &n->items[i] == forwarding, ret_ports, err);
	return r;
}
