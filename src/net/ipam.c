/* SPDX-License-Identifier: Apache-2.0 */
#include "net/ipam.h"

#include "net/delegate.h"

bool ipam_names_no_dns(const CniPlugin *plugin)
{
	return streq(plugin->ipam.type, "host-local") && !json_get(plugin->ipam.json, "resolvConf");
}

bool ipam_needs_interface(const CniPlugin *plugin)
{
	return plugin->ipam.given && streq(plugin->ipam.type, "dhcp");
}

int ipam_add(const PluginCall *c, CniResult *ret, Error *err)
{
	return delegate_add(c, c->plugin->ipam.type, ret, err);
}

/* Whose addresses are known here. */
static bool is_host_local(const PluginCall *c)
{
	return delegate_find(c->search_path, c->plugin->ipam.type) == &plugin_host_local;
}

int ipam_del(const PluginCall *c, const LeaseHook *hook, Error *err)
{
	if (is_host_local(c))
		return host_local_del(c, hook, err);
	return delegate_ask(c, c->plugin->ipam.type, "DEL", err);
}

int ipam_gc(const PluginCall *c, const LeaseHook *hook, Error *err)
{
	if (!c->plugin->ipam.given)
		return 0;
	if (is_host_local(c))
		return host_local_gc(c, hook, err);
	return delegate_ask(c, c->plugin->ipam.type, "GC", err);
}

int ipam_check(const PluginCall *c, Error *err)
{
	return c->plugin->ipam.given ? delegate_ask(c, c->plugin->ipam.type, "CHECK", err) : 0;
}

int ipam_status(const PluginCall *c, Error *err)
{
	return c->plugin->ipam.given ? delegate_ask(c, c->plugin->ipam.type, "STATUS", err) : 0;
}

static int leave_alone(const Address *address, void *userdata, Error *err)
{
	return 0;
}

const LeaseHook ipam_no_hook = {leave_alone, NULL};
