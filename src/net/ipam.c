/* SPDX-License-Identifier: Apache-2.0 */
#include "net/ipam.h"

#include "net/external.h"

bool ipam_names_no_dns(const CniPlugin *plugin)
{
	return streq(plugin->ipam.type, "host-local") && !json_get(plugin->ipam.json, "resolvConf");
}

int ipam_add(const PluginCall *c, CniResult *ret, Error *err)
{
	if (streq(c->plugin->ipam.type, "host-local"))
		return host_local_add(c, ret, err);
	return external_add(c, c->plugin->ipam.type, ret, err);
}

int ipam_del(const PluginCall *c, const LeaseHook *hook, Error *err)
{
	if (streq(c->plugin->ipam.type, "host-local"))
		return host_local_del(c, hook, err);
	return external_del(c, c->plugin->ipam.type, err);
}
