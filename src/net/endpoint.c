/* SPDX-License-Identifier: Apache-2.0 */
#include "net/endpoint.h"

#include <linux/rtnetlink.h>
#include <stdio.h>
#include <sys/random.h>
#include "base/fd.h"
#include "net/ipam.h"
#include "net/masquerade.h"
#include "net/owner.h"
#include "net/resolv-conf.h"

#define NAME_TRIES 8

int endpoints_open(const PluginCall *c, Endpoint *host, Endpoint *pod, Error *err)
{
	host->socket = netlink_open(NETLINK_ROUTE);
	pod->socket = -1;
	if (host->socket < 0)
		return fail_errno(err, host->socket, "open a routing socket");
	if (strlen(c->interface) >= sizeof pod->name)
		return fail(err, -EINVAL, "\"%s\" is too long for the name of an interface",
			c->interface);
	(void)snprintf(pod->name, sizeof pod->name, "%s", c->interface);
	pod->socket = plugin_open_namespace(c, err);
	return pod->socket < 0 ? pod->socket : 0;
}

void endpoints_done(Endpoint *host, Endpoint *pod)
{
	host->socket = fd_close(host->socket);
	pod->socket = fd_close(pod->socket);
}

static int name_host_end(Endpoint *host)
{
	uint32_t number;

	if (getrandom(&number, sizeof number, 0) != sizeof number)
		return -errno;
	(void)snprintf(host->name, sizeof host->name, "veth%08x", number);
	return 0;
}

static int add_pair(
	const PluginCall *c, unsigned mtu, unsigned master, Endpoint *host, const Endpoint *pod)
{
	VethEnd here = {.name = host->name, .namespace = -1, .master = master};
	VethEnd there = {.name = pod->name, .namespace = c->namespace};
	int r;

	for (unsigned i = 0;; i++) {
		NetlinkBatch b;

		netlink_begin(&b);
		r = name_host_end(host);
		if (r < 0)
			return r;
		link_add_veth(&b, &here, &there, mtu);
		r = netlink_run(host->socket, &b);
		/* Whether it is the name here that is taken, the kernel does not say. */
		if (r != -EEXIST || i == NAME_TRIES)
			return r;
	}
}

int endpoints_make_pair(const PluginCall *c, unsigned mtu, unsigned master, Endpoint *host,
	Endpoint *pod, Error *err)
{
	int r = add_pair(c, mtu, master, host, pod);

	if (r < 0)
		return fail_errno(err, r, "make interface %s", c->interface);
	r = link_find(host->socket, host->name, &host->index, host->mac);
	if (r == 0)
		r = link_find(pod->socket, pod->name, &pod->index, pod->mac);
	return r < 0 ? fail_errno(err, r, "find interface %s", c->interface) : 0;
}

Address one_host(const Address *a)
{
	Address host = *a;

	host.prefix = address_bits(a);
	return host;
}

int leg_parse(const CniIp *ip, Leg *ret, Error *err)
{
	if (address_parse_network(ip->address, &ret->address) < 0)
		return fail(err, -EINVAL, "IPAM: \"%s\" is not an IP address", ip->address);
	ret->has_gateway = ip->gateway != NULL;
	if (ip->gateway && address_parse(ip->gateway, &ret->gateway) < 0)
		return fail(err, -EINVAL, "IPAM: \"%s\" is not an IP address", ip->gateway);
	return 0;
}

static int find_gateway(const CniResult *result, const CniRoute *route, int family, Address *ret)
{
	if (route->gw)
		return address_parse(route->gw, ret);
	for (size_t i = 0; i < result->n_ips; i++)
		if (result->ips[i].gateway && address_parse(result->ips[i].gateway, ret) == 0 &&
			ret->family == family)
			return 0;
	return -EINVAL;
}

/* As a gateway it says that there is none: the place is reached directly. */
static bool is_unspecified(const Address *a)
{
	static const uint8_t nothing[sizeof a->bytes];

	return memcmp(a->bytes, nothing, address_size(a)) == 0;
}

int endpoint_add_routes(NetlinkBatch *b, const Endpoint *pod, const CniResult *result, Error *err)
{
	b->lenient = b->n;
	for (size_t i = 0; i < result->n_routes; i++) {
		Address gateway;
		Route route = {
			.index = pod->index, .scope = RT_SCOPE_UNIVERSE, .gateway = &gateway};

		if (address_parse_network(result->routes[i].dst, &route.destination) < 0 ||
			find_gateway(
				result, &result->routes[i], route.destination.family, &gateway) < 0)
			return fail(err, -EINVAL, "the route to \"%s\" leads nowhere",
				result->routes[i].dst);
		route.destination = address_first(&route.destination);
		if (is_unspecified(&gateway)) {
			route.gateway = NULL;
			route.scope = RT_SCOPE_LINK;
		}
		link_add_route(b, &route);
	}
	return 0;
}

int endpoint_run(const Endpoint *pod, NetlinkBatch *b, const CniResult *result, Error *err)
{
	int r = netlink_run(pod->socket, b);
	const CniRoute *route;

	if (r == 0)
		return 0;
	if (b->failed < b->lenient || b->failed - b->lenient >= result->n_routes)
		return fail_errno(err, r, "set addresses and routes of interface %s", pod->name);
	route = &result->routes[b->failed - b->lenient];
	return fail_errno(err, r, "set the route to %s%s%s of interface %s", route->dst,
		route->gw ? " by " : "", route->gw ? route->gw : "", pod->name);
}

/* The addresses are messages behind the first one. Only ipvlan cares who else has one. */
static int run_configuration(const PluginCall *c, const Endpoint *pod, NetlinkBatch *b,
	const CniResult *result, Error *err)
{
	int r = endpoint_run(pod, b, result, err);
	Leg leg;

	if (r == -EADDRINUSE && b->failed > 0 && b->failed <= result->n_ips &&
		leg_parse(&result->ips[b->failed - 1], &leg, NULL) == 0)
		plugin_note_taken(c, &leg.address);
	return r;
}

int endpoint_configure(
	const PluginCall *c, const Endpoint *pod, const CniResult *result, Error *err)
{
	NetlinkBatch b;
	int r = 0;

	netlink_begin(&b);
	link_set_up(&b, pod->index);
	for (size_t i = 0; i < result->n_ips && r == 0; i++) {
		Leg leg;

		r = leg_parse(&result->ips[i], &leg, err);
		if (r == 0)
			link_add_address(&b, pod->index, &leg.address, true);
	}
	if (r == 0)
		r = endpoint_add_routes(&b, pod, result, err);
	return r < 0 ? r : run_configuration(c, pod, &b, result, err);
}

static CniInterface describe(Arena *arena, const Endpoint *end, const char *sandbox)
{
	char mac[LINK_MAC_TEXT];

	return (CniInterface){.name = arena_strdup(arena, end->name),
		.mac = arena_strdup(arena, link_mac_text(end->mac, mac)),
		.sandbox = sandbox};
}

int endpoint_describe(const PluginCall *c, const Endpoint *const *host, size_t n_host,
	const Endpoint *pod, CniResult *result, Error *err)
{
	result->interfaces = arena_new(c->arena, CniInterface, n_host + 1);
	if (!result->interfaces)
		return fail_oom(err);
	for (size_t i = 0; i < n_host; i++)
		result->interfaces[i] = describe(c->arena, host[i], "");
	result->interfaces[n_host] = describe(c->arena, pod, c->namespace_path);
	result->n_interfaces = n_host + 1;
	for (size_t i = 0; i < result->n_ips; i++)
		result->ips[i].interface = (int64_t)n_host;
	if (dns_is_given(&c->plugin->dns))
		result->dns = c->plugin->dns;
	return 0;
}

int endpoint_complete(const PluginCall *c, const Endpoint *pod, CniResult *result, Error *err)
{
	int r = c->plugin->ipam.given ? ipam_add(c, result, err) : 0;

	if (r == 0)
		r = endpoint_configure(c, pod, result, err);
	return r < 0 ? r : endpoint_describe(c, NULL, 0, pod, result, err);
}

int endpoint_masquerade(const PluginCall *c, const CniResult *result, Error *err)
{
	char owner[OWNER_TEXT];
	int text = owner_text(c, c->container, c->interface, owner, err);

	if (text < 0)
		return text;
	for (size_t i = 0; i < result->n_ips; i++) {
		Address a;
		int r = address_parse_network(result->ips[i].address, &a);

		if (r == 0)
			r = masquerade_add(&a, owner);
		if (r < 0)
			return fail_errno(err, r, "masquerade address %s", result->ips[i].address);
	}
	return 0;
}

static int delete_interface(const PluginCall *c, Error *err)
{
	_cleanup_close_ int fd = -1;
	NetlinkBatch b;
	unsigned index;
	int r;

	netlink_begin(&b);
	if (c->namespace < 0 || c->namespace_ends)
		return 0;
	fd = plugin_open_namespace(c, err);
	if (fd < 0)
		return fd;
	r = link_find(fd, c->interface, &index, NULL);
	if (r == -ENODEV)
		return 0;
	if (r == 0) {
		link_delete(&b, index);
		r = netlink_run(fd, &b);
	}
	return r < 0 ? fail_errno(err, r, "delete interface %s", c->interface) : 0;
}

static int stop_masquerading(
	const Address *address, OwnerChoice *chosen, void *userdata, Error *err)
{
	char text[ADDRESS_TEXT];
	int r = masquerade_remove(address, chosen, userdata);

	return r < 0 ? fail_errno(
			       err, r, "stop masquerading address %s", address_text(address, text))
		     : 0;
}

/* The address may be another one's by now. A name that is too long has masqueraded nothing. */
static int stop_masquerading_own(const PluginCall *c, const Address *address, Error *err)
{
	char owner[OWNER_TEXT];

	if (owner_text(c, c->container, c->interface, owner, NULL) < 0)
		return 0;
	return stop_masquerading(address, owner_is, owner, err);
}

static int stop_masquerading_garbage(const PluginCall *c, const Address *address, Error *err)
{
	OwnersLeft left;
	int r = owners_left(c, &left, err);

	return r < 0 ? r : stop_masquerading(address, owner_is_garbage, &left, err);
}

/* The addresses of the result, for those that IPAM does not tell. */
static int stop_masquerading_all(const PluginCall *c, const CniResult *result, Error *err)
{
	int r = 0;

	for (size_t i = 0; result && i < result->n_ips && r == 0; i++) {
		Address a;

		if (address_parse_network(result->ips[i].address, &a) == 0)
			r = stop_masquerading_own(c, &a, err);
	}
	return r;
}

int endpoint_delete(const PluginCall *c, bool masquerade, Error *err)
{
	IpamLeaving *leaving = masquerade ? stop_masquerading_own : NULL;
	bool first = ipam_needs_interface(c->plugin);
	int r = first ? ipam_del(c, leaving, err) : 0;

	if (r == 0)
		r = delete_interface(c, err);
	if (r == 0 && masquerade)
		r = stop_masquerading_all(c, c->previous, err);
	if (r < 0 || first || !c->plugin->ipam.given)
		return r;
	return ipam_del(c, leaving, err);
}

int endpoint_collect(const PluginCall *c, bool masquerade, Error *err)
{
	return ipam_gc(c, masquerade ? stop_masquerading_garbage : NULL, err);
}
