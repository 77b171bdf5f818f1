/* SPDX-License-Identifier: Apache-2.0 */

/* The plugin firewall, behind another one in a chain: the host's packet filter lets through what
 * comes from the pod and answers it, and may keep other pods from it. */

#include <stdio.h>
#include "base/cleanup.h"
#include "net/firewall-rules.h"
#include "net/link-state.h"
#include "net/owner.h"
#include "spec/cni-fields.h"

#define ADDRESSES_MAX 256

typedef struct FirewallConf {
	const char *backend, *ingress;
	bool isolated; /* from other networks that are isolated, too */
	bool alone;    /* and from the others of its own */
} FirewallConf;

static const Field conf_fields[] = {
	FIELD(FirewallConf, backend, "backend", text),
	FIELD(FirewallConf, ingress, "ingressPolicy", text),
};
static const ObjectType conf_object = OBJECT_TYPE(FirewallConf, conf_fields, NULL);

static int read_conf(const PluginCall *c, FirewallConf *ret, Error *err)
{
	JsonReader reader = {.arena = c->arena, .err = err};
	char quoted[QUOTED_MAX];
	int r = fields_read(&reader, &conf_object, c->plugin->json, ret);

	if (r < 0)
		return r;
	if (ret->backend && !streq(ret->backend, "nftables") && !streq(ret->backend, "iptables"))
		return reader_fail(&reader, "backend", "%s is not known here: %s",
			text_quoted(ret->backend, quoted, sizeof quoted),
			"rules are set by nf_tables, also where iptables has its own");
	ret->alone = ret->ingress && streq(ret->ingress, "isolated");
	ret->isolated = ret->alone || (ret->ingress && streq(ret->ingress, "same-bridge"));
	if (ret->ingress && !ret->isolated && !streq(ret->ingress, "open"))
		return reader_fail(&reader, "ingressPolicy",
			"%s is none of open, same-bridge and isolated",
			text_quoted(ret->ingress, quoted, sizeof quoted));
	return 0;
}

static bool is_host(const CniInterface *interface)
{
	return !interface->sandbox || interface->sandbox[0] == '\0';
}

/* The host's interface that the pod is behind: its bridge, or its own. */
static int find_outlet(const CniResult *result, const char **ret, Error *err)
{
	for (size_t i = 0; i < result->n_interfaces; i++)
		if (is_host(&result->interfaces[i])) {
			*ret = result->interfaces[i].name;
			return 0;
		}
	return fail(err, -EINVAL, "ingressPolicy: the host has no interface to the container");
}

typedef struct Prepared {
	FirewallConf conf;
	char owner[OWNER_TEXT];
	Address addresses[ADDRESSES_MAX];
	FirewallRules rules;
} Prepared;

static int prepare(const PluginCall *c, Prepared *p, Error *err)
{
	const CniResult *result = c->previous;
	int r = read_conf(c, &p->conf, err);

	if (r == 0 && !result)
		r = fail(err, -EINVAL, "prevResult: firewall comes behind another plugin");
	if (r == 0)
		r = owner_text(c, c->container, c->interface, p->owner, err);
	if (r < 0)
		return r;
	p->rules = (FirewallRules){.owner = p->owner, .addresses = p->addresses};
	if (result->n_ips > ADDRESSES_MAX)
		return fail(err, -E2BIG, "prevResult: more than %d addresses", ADDRESSES_MAX);
	for (size_t i = 0; i < result->n_ips; i++) {
		Address *a = &p->addresses[p->rules.n_addresses++];

		if (address_parse_network(result->ips[i].address, a) < 0)
			return fail(err, -EINVAL, "prevResult: \"%s\" is not an IP address",
				result->ips[i].address);
		a->prefix = address_bits(a);
	}
	return p->conf.isolated ? find_outlet(result, &p->rules.isolated, err) : 0;
}

/* Interfaces that are no ports of a bridge have no others beside them. */
static int isolate_ports(const CniResult *result, Error *err)
{
	_cleanup_close_ int fd = netlink_open(NETLINK_ROUTE);
	int r = fd < 0 ? fail_errno(err, fd, "open a routing socket") : 0;

	for (size_t i = 0; i < result->n_interfaces && r == 0; i++) {
		const CniInterface *interface = &result->interfaces[i];
		unsigned index;
		NetlinkBatch b;

		if (!is_host(interface))
			continue;
		netlink_begin(&b);
		r = link_find(fd, interface->name, &index, NULL);
		if (r == 0) {
			link_set_isolated(&b, index);
			r = netlink_run(fd, &b);
		}
		if (r == -EOPNOTSUPP)
			r = 0;
		else if (r < 0)
			r = fail_errno(err, r, "isolate interface %s", interface->name);
	}
	return r;
}

static int check_ports(const CniResult *result, Error *err)
{
	_cleanup_close_ int fd = netlink_open(NETLINK_ROUTE);

	if (fd < 0)
		return fail_errno(err, fd, "open a routing socket");
	for (size_t i = 0; i < result->n_interfaces; i++) {
		const CniInterface *interface = &result->interfaces[i];
		LinkState state;
		int r = is_host(interface) ? link_state(fd, interface->name, &state) : 1;

		if (r < 0)
			return fail_errno(err, r, "find interface %s", interface->name);
		if (r == 0 && state.isolated == 0)
			return fail(err, -ENOENT, "interface %s is not isolated", interface->name);
	}
	return 0;
}

static int firewall_add(const PluginCall *c, CniResult *ret, Error *err)
{
	Prepared p = {.rules = {NULL}};
	int r = prepare(c, &p, err);

	if (r == 0)
		r = firewall_rules_set(&p.rules, err);
	if (r == 0 && p.conf.alone)
		r = isolate_ports(c->previous, err);
	if (r == 0)
		*ret = *c->previous;
	return r;
}

static int firewall_check(const PluginCall *c, Error *err)
{
	Prepared p = {.rules = {NULL}};
	int r = prepare(c, &p, err);

	if (r == 0)
		r = firewall_rules_check(&p.rules, err);
	return r == 0 && p.conf.alone ? check_ports(c->previous, err) : r;
}

/* Rules that are there keep their place. */
static int firewall_restore(const PluginCall *c, Error *err)
{
	Prepared p = {.rules = {NULL}};
	int r = prepare(c, &p, err);

	if (r < 0 || firewall_rules_check(&p.rules, NULL) == 0)
		return r;
	return firewall_rules_set(&p.rules, err);
}

static int firewall_del(const PluginCall *c, Error *err)
{
	char owner[OWNER_TEXT];
	int r = owner_text(c, c->container, c->interface, owner, err);

	/* A name that is too long has no rules. */
	return r < 0 ? 0 : firewall_rules_remove(owner_is, owner, err);
}

static int firewall_gc(const PluginCall *c, Error *err)
{
	OwnersLeft left;
	int r = owners_left(c, &left, err);

	return r < 0 ? r : firewall_rules_remove(owner_is_garbage, &left, err);
}

const Plugin plugin_firewall = {
	.type = "firewall",
	.add = firewall_add,
	.del = firewall_del,
	.check = firewall_check,
	.gc = firewall_gc,
	.restore = firewall_restore,
};
