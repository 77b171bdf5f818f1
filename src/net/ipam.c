/* SPDX-License-Identifier: Apache-2.0 */
#include "net/ipam.h"

#include "net/delegate.h"

int ipam_add(const PluginCall *c, CniResult *ret, Error *err)
{
	return delegate_add(c, c->plugin->ipam.type, ret, err);
}

/* Only addresses of host-local are known here. */
int ipam_del(const PluginCall *c, const LeaseHook *hook, Error *err)
{
	if (delegate_find(c, c->plugin->ipam.type) == &plugin_host_local)
		return host_local_del(c, hook, err);
	return delegate_del(c, c->plugin->ipam.type, err);
}

static int leave_alone(const Address *address, void *userdata, Error *err)
{
	return 0;
}

const LeaseHook ipam_no_hook = {leave_alone, NULL};
