/* SPDX-License-Identifier: Apache-2.0 */

/* The plugin loopback: the pod's own interface lo is up, whatever name is asked for. */

#include "base/cleanup.h"
#include "net/endpoint.h"
#include "net/link-state.h"

#define LOOPBACK "lo"

static int set(const PluginCall *c, unsigned flags, Endpoint *lo, Error *err)
{
	NetlinkBatch b;
	int r;

	netlink_begin(&b);
	lo->socket = plugin_open_namespace(c, err);
	if (lo->socket < 0)
		return lo->socket;
	r = link_find(lo->socket, LOOPBACK, &lo->index, lo->mac);
	if (r == 0) {
		link_set_flags(&b, lo->index, flags, IFF_UP);
		r = netlink_run(lo->socket, &b);
	}
	return r < 0 ? fail_errno(err, r, "set interface %s %s", LOOPBACK,
			       flags & IFF_UP ? "up" : "down")
		     : 0;
}

/* What the plugin before it in a chain has said stays the network's result. */
static int loopback_add(const PluginCall *c, CniResult *ret, Error *err)
{
	static const CniIp own[] = {
		{.address = "127.0.0.1/8"},
		{.address = "::1/128"},
	};
	Endpoint none = {.socket = -1}, lo = {.name = LOOPBACK, .socket = -1};
	int r = set(c, IFF_UP, &lo, err);

	if (r == 0 && c->previous)
		*ret = *c->previous;
	else if (r == 0) {
		ret->ips = arena_memdup(c->arena, own, sizeof own);
		ret->n_ips = ret->ips ? ARRAY_LEN(own) : 0;
		r = ret->ips ? endpoint_describe(c, NULL, 0, &lo, ret, err) : fail_oom(err);
	}
	endpoints_done(&none, &lo);
	return r;
}

static int loopback_del(const PluginCall *c, Error *err)
{
	Endpoint none = {.socket = -1}, lo = {.name = LOOPBACK, .socket = -1};
	int r = c->namespace < 0 || c->namespace_ends ? 0 : set(c, 0, &lo, err);

	endpoints_done(&none, &lo);
	return r;
}

static int loopback_check(const PluginCall *c, Error *err)
{
	_cleanup_close_ int fd = plugin_open_namespace(c, err);
	LinkState lo;
	int r = fd < 0 ? fd : link_state(fd, LOOPBACK, &lo);

	if (r == 0 && !(lo.flags & IFF_UP))
		return fail(err, -ENETDOWN, "interface %s is down", LOOPBACK);
	return r;
}

const Plugin plugin_loopback = {
	.type = "loopback",
	.add = loopback_add,
	.del = loopback_del,
	.check = loopback_check,
};
