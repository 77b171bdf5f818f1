/* SPDX-License-Identifier: Apache-2.0 */

/* The plugin bandwidth, behind one that makes a pair of interfaces: how fast the container receives
 * and sends. What it receives is what the host's end of the pair sends; what it sends is led
 * through an interface of its own, since only sending can be held back. */

#include <stdio.h>
#include "base/cleanup.h"
#include "base/sha512.h"
#include "net/link-state.h"
#include "net/owner.h"
#include "net/shaper.h"
#include "spec/cni-fields.h"

#define DEVICE_PREFIX "bwp"
#define BITS_MAX      ((int64_t)UINT32_MAX * 8)
#define RATE_MAX      (INT64_MAX / 1000)

/* As it is written: bits per second, and bits. */
typedef struct Limits {
	int64_t ingress_rate, ingress_burst, egress_rate, egress_burst;
} Limits;

typedef struct BandwidthConf {
	Limits configured, asked;
	bool is_asked;
	const char **shaped, **unshaped; /* networks that alone, or not, are limited */
	size_t n_shaped, n_unshaped;
} BandwidthConf;

typedef struct Bandwidth {
	ShaperRate ingress, egress;
} Bandwidth;

#define LIMIT_FIELDS(type, member)                                                                 \
	FIELD(type, member ingress_rate, "ingressRate", number, .min = 0, .max = RATE_MAX),        \
		FIELD(type, member ingress_burst, "ingressBurst", number, .min = 0,                \
			.max = BITS_MAX),                                                          \
		FIELD(type, member egress_rate, "egressRate", number, .min = 0, .max = RATE_MAX),  \
		FIELD(type, member egress_burst, "egressBurst", number, .min = 0, .max = BITS_MAX)

static const Field limit_fields[] = {
	LIMIT_FIELDS(Limits, ),
};
static const ObjectType limit_object = OBJECT_TYPE(Limits, limit_fields, NULL);

static const Field runtime_fields[] = {
	FIELD(BandwidthConf, asked, "bandwidth", object, .aux = offsetof(BandwidthConf, is_asked),
		.object = &limit_object),
};
static const ObjectType runtime_object = OBJECT_TYPE(BandwidthConf, runtime_fields, NULL);

static const Field conf_fields[] = {
	LIMIT_FIELDS(BandwidthConf, configured.),
	{.name = "runtimeConfig", .type = &field_inline, .object = &runtime_object},
	FIELD(BandwidthConf, shaped, "shapedSubnets", texts, .max = 1024,
		.aux = offsetof(BandwidthConf, n_shaped)),
	FIELD(BandwidthConf, unshaped, "unshapedSubnets", texts, .max = 1024,
		.aux = offsetof(BandwidthConf, n_unshaped)),
};
static const ObjectType conf_object = OBJECT_TYPE(BandwidthConf, conf_fields, NULL);

static int take_rate(
	JsonReader *reader, const char *direction, int64_t rate, int64_t burst, ShaperRate *ret)
{
	if ((rate > 0) != (burst > 0))
		return reader_fail(reader, direction, "%s must be given, too",
			rate > 0 ? "a burst" : "a rate");
	*ret = (ShaperRate){.rate = (uint64_t)(rate + 7) / 8, .burst = (uint32_t)(burst / 8)};
	return 0;
}

static int read_conf(const PluginCall *c, Bandwidth *ret, Error *err)
{
	JsonReader reader = {.arena = c->arena, .err = err};
	BandwidthConf conf = {.is_asked = false};
	const Limits *limits = &conf.configured;
	int r = fields_read(&reader, &conf_object, c->plugin->json, &conf);

	if (r < 0)
		return r;
	if (conf.n_shaped + conf.n_unshaped > 0)
		return reader_fail(&reader, conf.n_shaped > 0 ? "shapedSubnets" : "unshapedSubnets",
			"limits for some networks only cannot be had");
	if (conf.is_asked)
		limits = &conf.asked;
	r = take_rate(&reader,
		conf.is_asked ? "runtimeConfig.bandwidth.ingressRate" : "ingressRate",
		limits->ingress_rate, limits->ingress_burst, &ret->ingress);
	if (r == 0)
		r = take_rate(&reader,
			conf.is_asked ? "runtimeConfig.bandwidth.egressRate" : "egressRate",
			limits->egress_rate, limits->egress_burst, &ret->egress);
	return r;
}

/* By the network and the container, as the CNI project's plugin calls it: either finds it. */
static int name_device(const PluginCall *c, char ret[static IFNAMSIZ], Error *err)
{
	size_t len = strlen(c->network->name) + strlen(c->container), n = strlen(DEVICE_PREFIX);
	char *text = arena_new(c->arena, char, len + 1);
	uint8_t digest[SHA512_LEN];

	if (!text)
		return fail_oom(err);
	(void)snprintf(text, len + 1, "%s%s", c->network->name, c->container);
	sha512(text, len, digest);
	memcpy(ret, DEVICE_PREFIX, n);
	for (size_t i = 0; n + 2 < IFNAMSIZ; i++, n += 2)
		(void)snprintf(ret + n, 3, "%02x", digest[i]);
	return 0;
}

/* Both sides. */
typedef struct Place {
	int fd;          /* of the host */
	LinkState outer; /* the host's end of the pair */
	char device[IFNAMSIZ];
} Place;

static void place_done(Place *p)
{
	p->fd = fd_close(p->fd);
}

/* The host's end is the one of the result's interfaces that the container's has as its peer. */
static int find_outer(const PluginCall *c, int fd, LinkState *ret, Error *err)
{
	_cleanup_close_ int inside = plugin_open_namespace(c, err);
	LinkState inner;
	int r = inside < 0 ? inside : link_state(inside, c->interface, &inner);

	if (inside < 0)
		return r;
	if (r < 0)
		return fail_errno(err, r, "find interface %s", c->interface);
	for (size_t i = 0; i < c->previous->n_interfaces; i++) {
		const CniInterface *interface = &c->previous->interfaces[i];

		if (interface->sandbox && interface->sandbox[0] != '\0')
			continue;
		r = link_state(fd, interface->name, ret);
		if (r < 0)
			return fail_errno(err, r, "find interface %s", interface->name);
		if (ret->index == inner.peer)
			return 0;
	}
	return fail(err, -EINVAL,
		"prevResult: the host has no interface that is the other end of %s", c->interface);
}

static int open_place(const PluginCall *c, Place *ret, Error *err)
{
	int r;

	ret->fd = netlink_open(NETLINK_ROUTE);
	if (ret->fd < 0)
		return fail_errno(err, ret->fd, "open a routing socket");
	r = name_device(c, ret->device, err);
	return r < 0 ? r : find_outer(c, ret->fd, &ret->outer, err);
}

/* A bucket that does not hold one packet lets none through. */
static int check_burst(const ShaperRate *rate, const LinkState *link, const char *name, Error *err)
{
	const unsigned header = 14;

	if (rate->rate > 0 && rate->burst < link->mtu + header)
		return fail(err, -EINVAL, "%s: has to be at least %u, one packet of interface %s",
			name, (link->mtu + header) * 8, link->name);
	return 0;
}

static int limit_ingress(const Place *p, const ShaperRate *rate, Error *err)
{
	NetlinkBatch b;
	int r;

	netlink_begin(&b);
	shaper_limit(&b, p->outer.index, rate);
	r = netlink_run(p->fd, &b);
	return r < 0 ? fail_errno(err, r, "limit what interface %s sends", p->outer.name) : 0;
}

static int make_device(
	const PluginCall *c, const Place *p, CniInterface *ret, unsigned *ret_index, Error *err)
{
	uint8_t mac[LINK_MAC_LEN];
	char text[LINK_MAC_TEXT];
	NetlinkBatch b;
	int r;

	netlink_begin(&b);
	link_add(&b, "ifb", p->device, p->outer.mtu);
	r = netlink_run(p->fd, &b);
	if (r == -EOPNOTSUPP)
		return fail(err, r, "egressRate: the kernel has no ifb");
	if (r == 0)
		r = link_find(p->fd, p->device, ret_index, mac);
	if (r < 0)
		return fail_errno(err, r, "make interface %s", p->device);
	*ret = (CniInterface){.name = arena_strdup(c->arena, p->device),
		.mac = arena_strdup(c->arena, link_mac_text(mac, text)),
		.sandbox = ""};
	return ret->name && ret->mac ? 0 : fail_oom(err);
}

static int limit_egress(
	const PluginCall *c, const Place *p, const ShaperRate *rate, CniInterface *ret, Error *err)
{
	char owner[OWNER_TEXT];
	NetlinkBatch b;
	unsigned device;
	int r = owner_text(c, c->container, c->interface, owner, err);

	if (r == 0)
		r = make_device(c, p, ret, &device, err);
	if (r < 0)
		return r;
	netlink_begin(&b);
	shaper_name_owner(&b, device, owner);
	shaper_limit(&b, device, rate);
	shaper_redirect(&b, p->outer.index, device);
	r = netlink_run(p->fd, &b);
	if (r < 0) {
		netlink_begin(&b);
		link_delete(&b, device);
		(void)netlink_run(p->fd, &b);
		return fail_errno(err, r, "limit what interface %s receives", p->outer.name);
	}
	return 0;
}

static int limit(const PluginCall *c, const Bandwidth *bandwidth, CniResult *ret, Error *err)
{
	_cleanup_(place_done) Place p = {.fd = -1};
	CniInterface *interfaces = arena_new(c->arena, CniInterface, c->previous->n_interfaces + 1);
	int r = interfaces ? open_place(c, &p, err) : fail_oom(err);

	if (r == 0)
		r = check_burst(&bandwidth->ingress, &p.outer, "ingressBurst", err);
	if (r == 0)
		r = check_burst(&bandwidth->egress, &p.outer, "egressBurst", err);
	if (r == 0 && bandwidth->ingress.rate > 0)
		r = limit_ingress(&p, &bandwidth->ingress, err);
	if (r < 0)
		return r;
	memcpy(interfaces, c->previous->interfaces, c->previous->n_interfaces * sizeof *interfaces);
	ret->interfaces = interfaces;
	if (bandwidth->egress.rate > 0)
		r = limit_egress(c, &p, &bandwidth->egress, &interfaces[ret->n_interfaces++], err);
	return r;
}

static int bandwidth_add(const PluginCall *c, CniResult *ret, Error *err)
{
	Bandwidth bandwidth;
	CniResult result;
	int r = read_conf(c, &bandwidth, err);

	if (r < 0)
		return r;
	if (!c->previous)
		return fail(err, -EINVAL, "prevResult: bandwidth comes behind another plugin");
	result = *c->previous;
	if (bandwidth.ingress.rate > 0 || bandwidth.egress.rate > 0)
		r = limit(c, &bandwidth, &result, err);
	if (r == 0)
		*ret = result;
	return r;
}

/* Devices that are to go: those of one owner, or of all that are garbage. */
typedef struct Choice {
	const char *owner; /* NULL: see left */
	OwnersLeft left;
	NetlinkBatch *deletions;
} Choice;

/* Other plugins do not say whose a device is; then its name has to do. */
static int choose_own(unsigned index, const char *owner, void *userdata)
{
	const Choice *choice = userdata;

	if (owner[0] == '\0' || streq(owner, choice->owner))
		link_delete(choice->deletions, index);
	return 0;
}

static int choose_garbage(unsigned index, const char *owner, void *userdata)
{
	Choice *choice = userdata;

	if (owner_is_garbage(owner, &choice->left))
		link_delete(choice->deletions, index);
	return 0;
}

/* The host's end goes with the container's interface. Two interfaces of a container in a network
 * have the same name of a device, which the first one has. */
static int bandwidth_del(const PluginCall *c, Error *err)
{
	_cleanup_close_ int fd = netlink_open(NETLINK_ROUTE);
	char device[IFNAMSIZ], owner[OWNER_TEXT] = "";
	NetlinkBatch b;
	Choice choice = {.owner = owner, .deletions = &b};
	int r = fd < 0 ? fail_errno(err, fd, "open a routing socket") : name_device(c, device, err);

	if (r < 0)
		return r;
	(void)owner_text(c, c->container, c->interface, owner, NULL);
	netlink_begin(&b);
	r = shaper_find_device(fd, device, choose_own, &choice);
	if (r == 0 && b.n > 0)
		r = netlink_run(fd, &b);
	return r < 0 && r != -ENODEV ? fail_errno(err, r, "delete interface %s", device) : 0;
}

static int expect(int r, Error *err, const char *what, const char *interface)
{
	if (r == 0)
		return fail(err, -ENOENT, "interface %s is not %s", interface, what);
	return r < 0 ? fail_errno(err, r, "look at interface %s", interface) : 0;
}

static int check_egress(const Place *p, const ShaperRate *rate, Error *err)
{
	unsigned device;
	int r = link_find(p->fd, p->device, &device, NULL);

	if (r < 0)
		return fail_errno(err, r, "find interface %s", p->device);
	r = expect(shaper_is_limited(p->fd, device, rate), err, "limited as it was", p->device);
	return r < 0 ? r
		     : expect(shaper_is_redirected(p->fd, p->outer.index, device), err,
			       "led through the one that is limited", p->outer.name);
}

static int bandwidth_check(const PluginCall *c, Error *err)
{
	_cleanup_(place_done) Place p = {.fd = -1};
	Bandwidth bandwidth;
	int r = read_conf(c, &bandwidth, err);

	if (r < 0 || (bandwidth.ingress.rate == 0 && bandwidth.egress.rate == 0))
		return r;
	if (!c->previous)
		return fail(err, -EINVAL, "prevResult: must be given");
	r = open_place(c, &p, err);
	if (r == 0 && bandwidth.ingress.rate > 0)
		r = expect(shaper_is_limited(p.fd, p.outer.index, &bandwidth.ingress), err,
			"limited as it was", p.outer.name);
	return r == 0 && bandwidth.egress.rate > 0 ? check_egress(&p, &bandwidth.egress, err) : r;
}

static int bandwidth_gc(const PluginCall *c, Error *err)
{
	_cleanup_close_ int fd = netlink_open(NETLINK_ROUTE);
	NetlinkBatch b;
	Choice choice = {.deletions = &b};
	int r = owners_left(c, &choice.left, err);

	if (r < 0)
		return r;
	netlink_begin(&b);
	r = fd < 0 ? fd : shaper_list_devices(fd, choose_garbage, &choice);
	if (r == 0 && b.n > 0)
		r = netlink_run(fd, &b);
	return r < 0 && r != -ENODEV ? fail_errno(err, r, "delete what nobody uses") : 0;
}

const Plugin plugin_bandwidth = {
	.type = "bandwidth",
	.add = bandwidth_add,
	.del = bandwidth_del,
	.check = bandwidth_check,
	.gc = bandwidth_gc,
	.fails_clean = true,
};
