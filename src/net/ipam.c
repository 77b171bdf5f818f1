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
	return delegate_add(c, DELEGATE_IPAM, ret, err);
}

static int ask(const PluginCall *c, const char *command, IpamLeaving *leaving, Error *err)
{
	PluginCall call = *c;

	call.leaving = leaving;
	return delegate_ask(&call, DELEGATE_IPAM, command, err);
}

int ipam_del(const PluginCall *c, IpamLeaving *leaving, Error *err)
{
	return ask(c, "DEL", leaving, err);
}

int ipam_gc(const PluginCall *c, IpamLeaving *leaving, Error *err)
{
	return c->plugin->ipam.given ? ask(c, "GC", leaving, err) : 0;
}

int ipam_check(const PluginCall *c, Error *err)
{
	return c->plugin->ipam.given ? delegate_ask(c, DELEGATE_IPAM, "CHECK", err) : 0;
}

int ipam_status(const PluginCall *c, Error *err)
{
	return c->plugin->ipam.given ? delegate_ask(c, DELEGATE_IPAM, "STATUS", err) : 0;
}
