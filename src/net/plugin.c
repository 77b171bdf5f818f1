/* SPDX-License-Identifier: Apache-2.0 */
#include "net/plugin.h"

#include "net/namespace.h"

const Plugin *plugin_find(const char *type)
{
	static const Plugin *const plugins[] = {
		&plugin_bandwidth,
		&plugin_bridge,
		&plugin_dhcp,
		&plugin_firewall,
		&plugin_flannel,
		&plugin_host_device,
		&plugin_host_local,
		&plugin_ipvlan,
		&plugin_loopback,
		&plugin_macvlan,
		&plugin_portmap,
		&plugin_ptp,
		&plugin_static,
		&plugin_tuning,
	};

	for (size_t i = 0; i < ARRAY_LEN(plugins); i++)
		if (streq(plugins[i]->type, type))
			return plugins[i];
	return NULL;
}

int plugin_ask(const Plugin *plugin, const char *command, const PluginCall *c, Error *err)
{
	int (*run)(const PluginCall *c, Error *err) = streq(command, "DEL")     ? plugin->del
						      : streq(command, "CHECK") ? plugin->check
						      : streq(command, "GC")    ? plugin->gc
										: plugin->status;

	return run ? run(c, err) : 0;
}

int plugin_arg(const PluginCall *c, const char *key, const char **ret, Error *err)
{
	const char *s = c->args ? c->args : "";
	size_t len;

	for (; *s; s += len + (s[len] == ';')) {
		const char *rest = startswith(s, key);

		len = strcspn(s, ";");
		if (!rest || *rest != '=')
			continue;
		*ret = arena_strndup(c->arena, rest + 1, len - (size_t)(rest + 1 - s));
		return *ret ? 0 : fail_oom(err);
	}
	return 1;
}

void plugin_note_taken(const PluginCall *c, const Address *address)
{
	if (c->taken)
		*c->taken = *address;
}

int plugin_open_namespace(const PluginCall *c, Error *err)
{
	int r = c->namespace < 0 ? -ENOENT : namespace_open_routing(c->namespace);

	return r < 0 ? fail_errno(err, r, "reach into network namespace %s", c->namespace_path) : r;
}
