/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/wiring.h"

#include "base/log.h"

void wiring_done(Wiring *w)
{
	networks_done(&w->networks);
}

static void say(const char *text)
{
	log_line("networking", "%s", text);
}

int wiring_choose(Wiring *w, const Invocation *inv, const Flavor *flavor, Error *err)
{
	const RunOptions *o = inv->options;
	int r;

	w->request = (ConnectionRequest){
		.networks = &w->networks,
		.local_config = inv->global->config.local,
		.users = o->private_users,
	};
	if (flavor != stage1_flavor(NULL) || net_list_has(&o->net, "none") ||
		net_list_has(&o->net, "host"))
		return 0;
	r = networks_select(
		inv->global->config.local, o->net.items, o->net.n, say, &w->networks, err);
	/* What the options say of DNS is more than what networks say. */
	if (r == 0 && o->resolver.mode == RESOLVER_DEFAULT)
		r = connection_find_dns(&w->request, err);
	return r;
}

int wiring_connect(Wiring *w, const Launch *l, const Pod *pod, Error *err)
{
	PodPort *ports = NULL;
	int r;

	if (w->networks.n == 0)
		return 0;
	r = pod_ports_find(
		l->manifest, (const Image *const *)l->images, &w->networks.arena, &ports, err);
	if (r < 0)
		return r;
	w->request.pod = pod;
	w->request.ports = ports;
	w->request.n_ports = l->manifest->n_ports;
	return connection_start(&w->request, &w->connection, err);
}

void wiring_abandon(Wiring *w)
{
	connection_abandon(&w->request, &w->connection);
}
