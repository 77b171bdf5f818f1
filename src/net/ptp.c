/* SPDX-License-Identifier: Apache-2.0 */

/* The plugin ptp: a pair of interfaces, one in the pod, one on the host, with the host as router.
 */

#include <linux/rtnetlink.h>
#include <stdio.h>
#include <sys/random.h>
#include "base/fd.h"
#include "net/forwarding.h"
#include "net/ipam.h"
#include "net/link.h"
#include "net/masquerade.h"
#include "spec/cni-internal.h"

#define HOST_NAME_TRIES 8

typedef struct PtpConf {
	bool masquerade;
	int64_t mtu;
} PtpConf;

static const Field conf_fields[] = {
	FIELD(PtpConf, masquerade, "ipMasq", bool),
	FIELD(PtpConf, mtu, "mtu", number, .min = 0, .max = 65535),
};
static const ObjectType conf_object = OBJECT_TYPE(PtpConf, conf_fields, NULL);

/* One end of the pair. */
typedef struct End {
	char name[IFNAMSIZ];
	unsigned index;
	uint8_t mac[LINK_MAC_LEN];
	int socket;
} End;

/* An address of the pod, as the result has it. */
typedef struct Leg {
	Address address, gateway;
} Leg;

static int read_conf(const PluginCall *c, PtpConf *ret, Error *err)
{
	JsonReader reader = {.arena = c->arena, .err = err};
	int r = fields_read(&reader, &conf_object, c->plugin->json, ret);

	if (r == 0 && !c->plugin->ipam.given)
		return reader_fail(&reader, "ipam", "must be given");
	return r;
}

static int name_host_end(End *host)
{
	uint32_t number;

	if (getrandom(&number, sizeof number, 0) != sizeof number)
		return -errno;
	(void)snprintf(host->name, sizeof host->name, "veth%08x", number);
	return 0;
}

static int add_pair(const PluginCall *c, const PtpConf *conf, End *host, const End *pod)
{
	VethEnd here = {.name = host->name, .namespace = -1};
	VethEnd there = {.name = pod->name, .namespace = c->namespace};
	int r;

	for (unsigned i = 0;; i++) {
		NetlinkBatch b = {.len = 0};

		r = name_host_end(host);
		if (r < 0)
			return r;
		link_add_veth(&b, &here, &there, (unsigned)conf->mtu);
		r = netlink_run(host->socket, &b);
		/* Whether it is the name here that is taken, the kernel does not say. */
		if (r != -EEXIST || i == HOST_NAME_TRIES)
			return r;
	}
}

static int make_pair(const PluginCall *c, const PtpConf *conf, End *host, End *pod, Error *err)
{
	int r = add_pair(c, conf, host, pod);

	if (r < 0)
		return fail_errno(err, r, "make interface %s", c->interface);
	r = link_find(host->socket, host->name, &host->index, host->mac);
	if (r == 0)
		r = link_find(pod->socket, pod->name, &pod->index, pod->mac);
	return r < 0 ? fail_errno(err, r, "find interface %s", c->interface) : 0;
}

static Address one_host(const Address *a)
{
	Address host = *a;

	host.prefix = address_bits(a);
	return host;
}

/* All of a pod's traffic goes to the gateway, that to its neighbours as well. */
static void add_pod_addresses(NetlinkBatch *b, const End *pod, const Leg *leg)
{
	Route gateway = {.destination = one_host(&leg->gateway),
		.source = &leg->address,
		.index = pod->index,
		.scope = RT_SCOPE_LINK};
	Route network = {.destination = address_first(&leg->address),
		.gateway = &leg->gateway,
		.source = &leg->address,
		.index = pod->index,
		.scope = RT_SCOPE_UNIVERSE};

	link_add_address(b, pod->index, &leg->address);
	link_add_route(b, &gateway);
	link_add_route(b, &network);
}

static int parse_leg(const CniIp *ip, Leg *ret, Error *err)
{
	if (address_parse_network(ip->address, &ret->address) < 0)
		return fail(err, -EINVAL, "IPAM: \"%s\" is not an IP address", ip->address);
	if (!ip->gateway || address_parse(ip->gateway, &ret->gateway) < 0)
		return fail(err, -EINVAL, "IPAM: address %s has no gateway", ip->address);
	return 0;
}

/* The gateway that a route of the result goes by: its own, or that of an address of its family. */
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

static int add_routes(NetlinkBatch *b, const End *pod, const CniResult *result, Error *err)
{
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
		link_add_route(b, &route);
	}
	return 0;
}

static void add_host_addresses(NetlinkBatch *b, const End *host, const Leg *leg)
{
	Address gateway = one_host(&leg->gateway);
	Route route = {.destination = one_host(&leg->address),
		.index = host->index,
		.scope = leg->address.family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE};

	link_add_address(b, host->index, &gateway);
	link_add_route(b, &route);
}

/* Everything that the two ends have, one batch each. */
static int configure(const End *host, const End *pod, CniResult *result, Error *err)
{
	NetlinkBatch in_pod = {.len = 0}, on_host = {.len = 0};
	int r = 0;

	link_set_up(&in_pod, pod->index);
	for (size_t i = 0; i < result->n_ips && r == 0; i++) {
		Leg leg;

		r = parse_leg(&result->ips[i], &leg, err);
		if (r == 0)
			r = forwarding_enable(leg.address.family, err);
		if (r < 0)
			return r;
		add_pod_addresses(&in_pod, pod, &leg);
		add_host_addresses(&on_host, host, &leg);
	}
	r = add_routes(&in_pod, pod, result, err);
	if (r < 0)
		return r;
	r = netlink_run(pod->socket, &in_pod);
	if (r < 0)
		return fail_errno(err, r, "set addresses and routes of interface %s", pod->name);
	r = on_host.n > 0 ? netlink_run(host->socket, &on_host) : 0;
	return r < 0 ? fail_errno(err, r, "set addresses and routes of interface %s", host->name)
		     : 0;
}

static int masquerade_all(const CniResult *result, Error *err)
{
	for (size_t i = 0; i < result->n_ips; i++) {
		Address a;
		int r = address_parse_network(result->ips[i].address, &a);

		if (r == 0)
			r = masquerade_add(&a);
		if (r < 0)
			return fail_errno(err, r, "masquerade address %s", result->ips[i].address);
	}
	return 0;
}

static CniInterface describe(Arena *arena, const End *end, const char *sandbox)
{
	char mac[LINK_MAC_TEXT];

	return (CniInterface){.name = arena_strdup(arena, end->name),
		.mac = arena_strdup(arena, link_mac_text(end->mac, mac)),
		.sandbox = sandbox};
}

static int complete(
	const PluginCall *c, const End *host, const End *pod, CniResult *result, Error *err)
{
	result->interfaces = arena_new(c->arena, CniInterface, 2);
	if (!result->interfaces)
		return fail_oom(err);
	result->interfaces[result->n_interfaces++] = describe(c->arena, host, "");
	result->interfaces[result->n_interfaces++] = describe(c->arena, pod, c->namespace_path);
	for (size_t i = 0; i < result->n_ips; i++)
		result->ips[i].interface = 1;
	result->dns = c->plugin->dns;
	return 0;
}

static int ptp_add(const PluginCall *c, CniResult *ret, Error *err)
{
	_cleanup_close_ int host_socket = netlink_open(NETLINK_ROUTE), pod_socket = -1;
	End host = {.socket = host_socket}, pod = {.socket = -1};
	PtpConf conf = {.mtu = 0};
	int r = read_conf(c, &conf, err);

	if (r < 0)
		return r;
	if (host_socket < 0)
		return fail_errno(err, host_socket, "open a routing socket");
	pod.socket = pod_socket = plugin_open_namespace(c, err);
	if (pod_socket < 0)
		return pod_socket;
	(void)snprintf(pod.name, sizeof pod.name, "%s", c->interface);
	r = ipam_add(c, ret, err);
	if (r == 0)
		r = make_pair(c, &conf, &host, &pod, err);
	if (r == 0)
		r = configure(&host, &pod, ret, err);
	if (r == 0 && conf.masquerade)
		r = masquerade_all(ret, err);
	return r < 0 ? r : complete(c, &host, &pod, ret, err);
}

static int delete_interface(const PluginCall *c, Error *err)
{
	_cleanup_close_ int fd = -1;
	NetlinkBatch b = {.len = 0};
	unsigned index;
	int r;

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

static int stop_masquerading(const Address *address, void *userdata, Error *err)
{
	char text[ADDRESS_TEXT];
	int r = masquerade_remove(address);

	return r < 0 ? fail_errno(
			       err, r, "stop masquerading address %s", address_text(address, text))
		     : 0;
}

/* The addresses of the result, for those that IPAM does not tell. */
static int stop_masquerading_all(const CniResult *result, Error *err)
{
	int r = 0;

	for (size_t i = 0; result && i < result->n_ips && r == 0; i++) {
		Address a;

		if (address_parse_network(result->ips[i].address, &a) == 0)
			r = stop_masquerading(&a, NULL, err);
	}
	return r;
}

/* Who masquerades nothing finds nothing to take away. */
static int leave_alone(const Address *address, void *userdata, Error *err)
{
	return 0;
}

static int ptp_del(const PluginCall *c, Error *err)
{
	PtpConf conf = {.mtu = 0};
	LeaseHook hook = {leave_alone, NULL};
	int r = read_conf(c, &conf, err);

	if (r == 0)
		r = delete_interface(c, err);
	if (r == 0 && conf.masquerade) {
		hook.leaving = stop_masquerading;
		r = stop_masquerading_all(c->previous, err);
	}
	return r < 0 ? r : ipam_del(c, &hook, err);
}

const Plugin plugin_ptp = {
	.type = "ptp",
	.add = ptp_add,
	.del = ptp_del,
};
