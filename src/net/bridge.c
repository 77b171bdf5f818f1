/* SPDX-License-Identifier: Apache-2.0 */

/* The plugin bridge: pods are ports of a bridge of the host, which may be their gateway. */

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <unistd.h>
#include "net/endpoint.h"
#include "net/forwarding.h"
#include "net/ipam.h"
#include "spec/cni-fields.h"

#define DEFAULT_BRIDGE "cni0"

typedef struct BridgeConf {
	const char *bridge;
	bool is_gateway, is_default_gateway, masquerade, hairpin, promiscuous;
	int64_t mtu;
} BridgeConf;

static const Field conf_fields[] = {
	FIELD(BridgeConf, bridge, "bridge", text),
	FIELD(BridgeConf, is_gateway, "isGateway", bool),
	FIELD(BridgeConf, is_default_gateway, "isDefaultGateway", bool),
	FIELD(BridgeConf, masquerade, "ipMasq", bool),
	FIELD(BridgeConf, hairpin, "hairpinMode", bool),
	FIELD(BridgeConf, promiscuous, "promiscMode", bool),
	FIELD(BridgeConf, mtu, "mtu", number, .min = 0, .max = 65535),
};
static const ObjectType conf_object = OBJECT_TYPE(BridgeConf, conf_fields, NULL);

static int read_conf(const PluginCall *c, BridgeConf *ret, Error *err)
{
	JsonReader reader = {.arena = c->arena, .err = err};
	int r = fields_read(&reader, &conf_object, c->plugin->json, ret);

	if (r < 0)
		return r;
	if (!ret->bridge)
		ret->bridge = DEFAULT_BRIDGE;
	if (strlen(ret->bridge) >= IFNAMSIZ)
		return reader_fail(&reader, "bridge",
			"\"%s\" is too long for the name of an interface", ret->bridge);
	if (ret->hairpin && ret->promiscuous)
		return reader_fail(&reader, "hairpinMode", "excludes promiscMode");
	ret->is_gateway |= ret->is_default_gateway;
	return 0;
}

/* Finds the bridge, or makes it: the first one who comes does. */
static int open_bridge(const BridgeConf *conf, Endpoint *bridge, Error *err)
{
	NetlinkBatch b;
	int r;

	netlink_begin(&b);
	(void)snprintf(bridge->name, sizeof bridge->name, "%s", conf->bridge);
	r = link_find(bridge->socket, bridge->name, &bridge->index, bridge->mac);
	if (r == -ENODEV) {
		link_add(&b, "bridge", bridge->name, (unsigned)conf->mtu);
		r = netlink_run(bridge->socket, &b);
		if (r == 0 || r == -EEXIST)
			r = link_find(bridge->socket, bridge->name, &bridge->index, bridge->mac);
	}
	if (r == 0 && conf->promiscuous) {
		b = (NetlinkBatch){.len = 0};
		link_set_flags(&b, bridge->index, IFF_PROMISC, IFF_PROMISC);
		r = netlink_run(bridge->socket, &b);
	}
	return r < 0 ? fail_errno(err, r, "make bridge %s", conf->bridge) : 0;
}

static int add_address(const Endpoint *bridge, const CniIp *ip, Leg *leg, Error *err)
{
	NetlinkBatch b;
	int r;

	netlink_begin(&b);
	leg->gateway.prefix = leg->address.prefix;
	link_add_address(&b, bridge->index, &leg->gateway, true);
	r = netlink_run(bridge->socket, &b);
	return r < 0 && r != -EEXIST ? fail_errno(err, r, "give bridge %s the address %s",
					       bridge->name, ip->gateway)
				     : 0;
}

/* The bridge is the gateway of the networks of all addresses. Each pod finds that done by the
 * first. Who answers in the network is not to say what the host's addresses are, and so what leads
 * to it: with DHCP the bridge has its own one before. */
static int become_gateway(
	const PluginCall *c, const Endpoint *bridge, const CniResult *result, Error *err)
{
	bool foreign = ipam_needs_interface(c->plugin);

	for (size_t i = 0; i < result->n_ips; i++) {
		Leg leg;
		int r = leg_parse(&result->ips[i], &leg, err);

		if (r == 0 && leg.has_gateway && !foreign)
			r = add_address(bridge, &result->ips[i], &leg, err);
		if (r == 0 && leg.has_gateway)
			r = forwarding_enable(leg.address.family, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* The gateway that the configuration leaves out is the network's first address. */
static int complete_gateways(const PluginCall *c, CniResult *result, Error *err)
{
	for (size_t i = 0; i < result->n_ips; i++) {
		char text[ADDRESS_TEXT];
		Address first;
		Leg leg;
		int r = leg_parse(&result->ips[i], &leg, err);

		if (r < 0)
			return r;
		if (leg.has_gateway)
			continue;
		first = address_first(&leg.address);
		first = address_add(&first, 1);
		result->ips[i].gateway = arena_strdup(c->arena, address_text(&first, text));
		if (!result->ips[i].gateway)
			return fail_oom(err);
	}
	return 0;
}

/* A route to everywhere, for each family of addresses that has none. */
static int add_default_routes(const PluginCall *c, CniResult *result, Error *err)
{
	CniRoute *routes = arena_new(c->arena, CniRoute, result->n_routes + result->n_ips);

	if (!routes)
		return fail_oom(err);
	for (size_t i = 0; i < result->n_routes; i++)
		routes[i] = result->routes[i];
	for (size_t i = 0; i < result->n_ips; i++) {
		const char *dst = strchr(result->ips[i].address, ':') ? "::/0" : "0.0.0.0/0";
		bool there = false;

		for (size_t k = 0; k < result->n_routes; k++)
			there |= streq(routes[k].dst, dst);
		if (!there)
			routes[result->n_routes++] =
				(CniRoute){.dst = dst, .gw = result->ips[i].gateway};
	}
	result->routes = routes;
	return 0;
}

static bool is_bridge(const char *interface)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/sys/class/net/%s/bridge", interface);
	return faccessat(AT_FDCWD, path, F_OK, 0) == 0;
}

/* What the kernel says of an interface that cannot have ports is that this is not supported. */
static int make_port(const PluginCall *c, const BridgeConf *conf, const Endpoint *bridge,
	Endpoint *host, Endpoint *pod, Error *err)
{
	int r = endpoints_make_pair(c, (unsigned)conf->mtu, bridge->index, host, pod, err);

	if (r != -EOPNOTSUPP || is_bridge(bridge->name))
		return r;
	(void)fail(err, r, "interface %s is there already, and is no bridge", bridge->name);
	error_hint(err, "give the network another name for its \"bridge\"");
	return r;
}

/* The first port gives the bridge its hardware address. */
static int set_port(const Endpoint *host, Endpoint *bridge, const BridgeConf *conf, Error *err)
{
	NetlinkBatch b;
	int r = link_find(bridge->socket, bridge->name, &bridge->index, bridge->mac);

	netlink_begin(&b);
	if (r < 0)
		return fail_errno(err, r, "find bridge %s", bridge->name);
	if (!conf->hairpin)
		return 0;
	link_set_hairpin(&b, host->index);
	r = netlink_run(host->socket, &b);
	return r < 0 ? fail_errno(err, r, "set hairpin mode of interface %s", host->name) : 0;
}

/* Addresses, and what the bridge is to them. */
static int address_pod(const PluginCall *c, const BridgeConf *conf, const Endpoint *bridge,
	const Endpoint *pod, CniResult *ret, Error *err)
{
	int r = 0;

	if (conf->is_gateway)
		r = complete_gateways(c, ret, err);
	if (r == 0 && conf->is_default_gateway)
		r = add_default_routes(c, ret, err);
	if (r == 0 && conf->is_gateway)
		r = become_gateway(c, bridge, ret, err);
	if (r == 0)
		r = endpoint_configure(c, pod, ret, err);
	return r < 0 || !conf->masquerade ? r : endpoint_masquerade(c, ret, err);
}

static int bridge_add(const PluginCall *c, CniResult *ret, Error *err)
{
	Endpoint bridge = {.socket = -1}, host = {.socket = -1}, pod = {.socket = -1};
	const Endpoint *const described[] = {&bridge, &host};
	BridgeConf conf = {.mtu = 0};
	int r = read_conf(c, &conf, err);

	if (r == 0)
		r = endpoints_open(c, &host, &pod, err);
	bridge.socket = host.socket;
	if (r == 0)
		r = open_bridge(&conf, &bridge, err);
	if (r == 0)
		r = make_port(c, &conf, &bridge, &host, &pod, err);
	if (r == 0)
		r = set_port(&host, &bridge, &conf, err);
	/* Who is asked may be in the network of the bridge. */
	if (r == 0 && c->plugin->ipam.given)
		r = ipam_add(c, ret, err);
	if (r == 0)
		r = address_pod(c, &conf, &bridge, &pod, ret, err);
	if (r == 0)
		r = endpoint_describe(c, described, ARRAY_LEN(described), &pod, ret, err);
	endpoints_done(&host, &pod);
	return r;
}

static int bridge_del(const PluginCall *c, Error *err)
{
	BridgeConf conf = {.mtu = 0};
	int r = read_conf(c, &conf, err);

	return r < 0 ? r : endpoint_delete(c, conf.masquerade, err);
}

static int bridge_gc(const PluginCall *c, Error *err)
{
	BridgeConf conf = {.mtu = 0};
	int r = read_conf(c, &conf, err);

	return r < 0 ? r : endpoint_collect(c, conf.masquerade, err);
}

static int bridge_status(const PluginCall *c, Error *err)
{
	BridgeConf conf = {.mtu = 0};
	int r = read_conf(c, &conf, err);

	return r < 0 ? r : ipam_status(c, err);
}

static int bridge_restore(const PluginCall *c, Error *err)
{
	BridgeConf conf = {.mtu = 0};
	int r = read_conf(c, &conf, err);

	return r < 0 || !conf.masquerade ? r : endpoint_masquerade(c, c->previous, err);
}

const Plugin plugin_bridge = {
	.type = "bridge",
	.add = bridge_add,
	.del = bridge_del,
	.check = endpoint_check,
	.gc = bridge_gc,
	.status = bridge_status,
	.restore = bridge_restore,
	.makes_interface = true,
};
