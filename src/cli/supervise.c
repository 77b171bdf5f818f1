/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/supervise.h"

#include "base/log.h"
#include "cli/detach.h"
#include "cli/insecure.h"

unsigned supervise_openings(const GlobalOptions *global)
{
	return (global->insecure & INSECURE_CAPABILITIES ? PLAN_ALL_CAPABILITIES : 0) |
	       (global->insecure & INSECURE_PATHS ? PLAN_OPEN_PATHS : 0) |
	       (global->insecure & INSECURE_SECCOMP ? PLAN_NO_SECCOMP : 0);
}

static const char *resolv_mode(const Resolver *resolver)
{
	switch (resolver->mode) {
	case RESOLVER_GIVEN: return "stage0";
	case RESOLVER_HOST: return "host";
	case RESOLVER_NONE: return "none";
	case RESOLVER_DEFAULT: break;
	}
	return "default";
}

static const char *hosts_mode(const Resolver *resolver)
{
	return resolver->host_hosts ? "host" : resolver->n_hosts > 0 ? "stage0" : "default";
}

int supervise_become(const Invocation *inv, const Launch *l, const Flavor *flavor, const Pod *pod,
	UserRange users, Wiring *w, Error *err)
{
	const RunOptions *o = inv->options;
	_cleanup_free_ char *net = NULL;
	Stage1Run run = {
		.flavor = flavor,
		.debug = inv->global->debug,
		.interactive = o->interactive,
		.users = users,
		.metadata_token = l->metadata_token[0] ? l->metadata_token : NULL,
		.local_config = inv->global->config.local,
		.hostname = o->hostname,
		.resolv = resolv_mode(&o->resolver),
		.hosts = hosts_mode(&o->resolver),
		.open = supervise_openings(inv->global),
		.mutable = pod_manifest_is_mutable(l->manifest),
		.ipc = o->ipc,
		.connection = w->connection.socket < 0 ? 0 : w->connection.socket,
		.n_sockets = l->sockets.n,
		.last = wiring_begin,
		.userdata = w,
		.warn = log_text,
	};

	if (net_list_format(&o->net, &net) < 0)
		return fail_oom(err);
	run.net = net;
	if (flavor == stage1_flavor(NULL) && net_list_has(&o->net, "none"))
		log_line("networking", "networking namespace with loopback only");
	return o->detach ? detach(pod, &run, &w->connection, err) : stage1_run(pod, &run, err);
}
