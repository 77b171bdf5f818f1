/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/wiring.h"

#include "base/log.h"
#include "net/attach.h"
#include "net/runtime-conf.h"

void wiring_done(Wiring *w)
{
	connection_close(&w->connection);
	networks_done(&w->networks);
	free(w->search_path);
}

static void say(const char *text)
{
	log_line("networking", "%s", text);
}

int wiring_choose(Wiring *w, const Invocation *inv, const Flavor *flavor, Error *err)
{
	const RunOptions *o = inv->options;
	int r;

	if (flavor != stage1_flavor(NULL) || net_list_has(&o->net, "none") ||
		net_list_has(&o->net, "host"))
		return 0;
	r = networks_select(
		inv->global->config.local, o->net.items, o->net.n, say, &w->networks, err);
	if (r < 0)
		return r;
	if (connect_search_path(inv->global->config.local, &w->search_path) < 0)
		return fail_oom(err);
	r = networks_check(&w->networks, w->search_path, err);
	if (r < 0)
		return r;
	w->dns = resolver_dns(&o->resolver);
	w->dns_given = o->resolver.mode == RESOLVER_GIVEN;
	w->request.options = (ConnectOptions){
		.networks = &w->networks,
		.search_path = w->search_path,
		.host = o->mds_register,
		.dns = resolver_takes_servers(&o->resolver) &&
		       attach_may_name_dns(&w->networks, w->search_path),
		.dns_given = w->dns_given ? &w->dns : NULL,
		.say = say,
	};
	return 0;
}

/* Ports for which the pod has a socket of the host lead there already. Returns how many are left.
 */
static size_t drop_taken(PodPort *ports, size_t n, const bool *taken)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!taken || !taken[i])
			ports[kept++] = ports[i];
	return kept;
}

int wiring_prepare(Wiring *w, const Launch *l, const Pod *pod, bool users, Error *err)
{
	PodPort *ports = NULL;
	RuntimeConf conf = {.n_ports = l->manifest->n_ports, .dns = w->dns_given ? &w->dns : NULL};
	bool forwarded;
	int r;

	if (w->networks.n == 0)
		return 0;
	r = pod_ports_find(
		l->manifest, (const Image *const *)l->images, &w->networks.arena, &ports, err);
	if (r < 0)
		return r;
	conf.n_ports = drop_taken(ports, conf.n_ports, l->sockets.taken);
	conf.ports = ports;
	r = runtime_conf_add(&w->networks, &conf, &forwarded, err);
	if (r < 0)
		return r;
	w->request.pod = pod;
	w->request.users = users;
	w->request.options.data_dir = l->data_dir;
	w->request.options.ports = ports;
	w->request.options.n_ports = forwarded ? 0 : conf.n_ports;
	return connection_open(&w->connection, err);
}

int wiring_begin(void *userdata, Error *err)
{
	Wiring *w = userdata;

	return w->networks.n == 0 ? 0 : connection_start(&w->request, &w->connection, err);
}

void wiring_abandon(Wiring *w)
{
	connection_abandon(&w->connection);
}
