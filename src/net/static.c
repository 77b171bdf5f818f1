/* SPDX-License-Identifier: Apache-2.0 */

/* The IPAM plugin static: addresses that the configuration, or who calls, names. Nobody keeps a
 * list of them. */

#include "net/address.h"
#include "net/request.h"
#include "spec/cni-fields.h"

#define IPS_MAX 64

typedef struct StaticAddress {
	const char *address, *gateway;
} StaticAddress;

typedef struct StaticConf {
	StaticAddress *addresses;
	size_t n_addresses;
	CniRoute *routes;
	size_t n_routes;
	CniDns dns;
} StaticConf;

static const Field address_fields[] = {
	FIELD(StaticAddress, address, "address", text, .flags = FIELD_REQUIRED),
	FIELD(StaticAddress, gateway, "gateway", text),
};
static const ObjectType address_object = OBJECT_TYPE(StaticAddress, address_fields, NULL);

static const Field conf_fields[] = {
	FIELD(StaticConf, addresses, "addresses", objects, .max = IPS_MAX,
		.aux = offsetof(StaticConf, n_addresses), .object = &address_object),
	FIELD(StaticConf, routes, "routes", objects, .max = 10000,
		.aux = offsetof(StaticConf, n_routes), .object = &cni_route_object),
	FIELD(StaticConf, dns, "dns", object, .aux = FIELD_ALWAYS, .object = &cni_dns_object),
};
static const ObjectType conf_object = OBJECT_TYPE(StaticConf, conf_fields, NULL);

/* An address counts only with its network. */
static int add_ip(CniResult *result, const char *address, const char *gateway, Error *err)
{
	Address a;

	if (!strchr(address, '/') || address_parse_network(address, &a) < 0)
		return fail(err, -EINVAL, "ipam: \"%s\" is not an IP address with its network",
			address);
	if (gateway && address_parse(gateway, &a) < 0)
		return fail(err, -EINVAL, "ipam: \"%s\" is not an IP address", gateway);
	if (result->n_ips == IPS_MAX)
		return fail(err, -EINVAL, "ipam: more than %d addresses", IPS_MAX);
	result->ips[result->n_ips++] =
		(CniIp){.address = address, .gateway = gateway, .interface = -1};
	return 0;
}

/* Calls use for each part of a CNI_ARGS value that ',' separates. */
static int each_arg(const PluginCall *c, const char *key, CniResult *result,
	int (*use)(CniResult *result, const char *part, Error *err), Error *err)
{
	const char *list, *part;
	int r = plugin_arg(c, key, &list, err);

	if (r == 1)
		return 0;
	for (size_t len; r == 0 && *list; list += len + (list[len] == ',')) {
		len = strcspn(list, ",");
		part = arena_strndup(c->arena, list, len);
		r = part ? use(result, part, err) : fail_oom(err);
	}
	return r;
}

static int use_ip(CniResult *result, const char *part, Error *err)
{
	return add_ip(result, part, NULL, err);
}

/* A gateway is that of all addresses in whose network it is. */
static int use_gateway(CniResult *result, const char *part, Error *err)
{
	Address gateway, network;

	if (address_parse(part, &gateway) < 0)
		return fail(err, -EINVAL, "CNI_ARGS: GATEWAY=%s is not an IP address", part);
	for (size_t i = 0; i < result->n_ips; i++)
		if (address_parse_network(result->ips[i].address, &network) == 0 &&
			address_within(&gateway, &network))
			result->ips[i].gateway = part;
	return 0;
}

/* Addresses that are asked for take the place of those that are configured; those of CNI_ARGS come
 * on top. */
static int collect(const PluginCall *c, const StaticConf *conf, CniResult *ret, Error *err)
{
	PluginRequest asked;
	int r = plugin_request(c, &asked, err);

	for (size_t i = 0; i < asked.n_ips && r == 0; i++)
		r = add_ip(ret, asked.ips[i], NULL, err);
	if (r < 0 || asked.n_ips > 0)
		return r;
	for (size_t i = 0; i < conf->n_addresses && r == 0; i++)
		r = add_ip(ret, conf->addresses[i].address, conf->addresses[i].gateway, err);
	if (r == 0)
		r = each_arg(c, "IP", ret, use_ip, err);
	return r < 0 ? r : each_arg(c, "GATEWAY", ret, use_gateway, err);
}

static int static_add(const PluginCall *c, CniResult *ret, Error *err)
{
	JsonReader reader = {
		.arena = c->arena, .err = err, .steps = {{.name = "ipam"}}, .depth = 1};
	StaticConf conf = {.n_addresses = 0};
	int r = fields_read(&reader, &conf_object, c->plugin->ipam.json, &conf);

	if (r < 0)
		return r;
	ret->ips = arena_new(c->arena, CniIp, IPS_MAX);
	if (!ret->ips)
		return fail_oom(err);
	ret->routes = conf.routes;
	ret->n_routes = conf.n_routes;
	ret->dns = conf.dns;
	r = collect(c, &conf, ret, err);
	if (r == 0 && ret->n_ips == 0)
		return reader_fail(&reader, "addresses", "must name an address");
	return r;
}

static int static_del(const PluginCall *c, Error *err)
{
	CniResult result = {.n_ips = 0};
	int r = c->leaving ? static_add(c, &result, err) : 0;

	for (size_t i = 0; i < result.n_ips && r == 0; i++) {
		Address a;

		r = address_parse_network(result.ips[i].address, &a);
		if (r == 0)
			r = c->leaving(c, &a, err);
	}
	return r;
}

const Plugin plugin_static = {
	.type = "static",
	.add = static_add,
	.del = static_del,
	.hands_out = true,
	.addresses_only = true,
};
