/* SPDX-License-Identifier: Apache-2.0 */

/* The plugins macvlan and ipvlan: the pod's interface shares one of the host, the master. */

#include <linux/if_link.h>
#include "base/cleanup.h"
#include "net/endpoint.h"
#include "net/ipam.h"
#include "net/link-state.h"
#include "net/request.h"
#include "spec/cni-fields.h"

typedef struct SharedMode {
	const char *name; /* NULL ends a list; the first one is the default */
	unsigned number;
} SharedMode;

static const SharedMode macvlan_modes[] = {
	{"bridge", MACVLAN_MODE_BRIDGE},
	{"private", MACVLAN_MODE_PRIVATE},
	{"vepa", MACVLAN_MODE_VEPA},
	{"passthru", MACVLAN_MODE_PASSTHRU},
	{NULL, 0},
};

static const SharedMode ipvlan_modes[] = {
	{"l2", IPVLAN_MODE_L2},
	{"l3", IPVLAN_MODE_L3},
	{"l3s", IPVLAN_MODE_L3S},
	{NULL, 0},
};

typedef struct SharedConf {
	const char *master; /* NULL: the interface of the default route */
	const char *mode;
	int64_t mtu;
} SharedConf;

static const Field conf_fields[] = {
	FIELD(SharedConf, master, "master", text),
	FIELD(SharedConf, mode, "mode", text),
	FIELD(SharedConf, mtu, "mtu", number, .min = 0, .max = 65535),
};
static const ObjectType conf_object = OBJECT_TYPE(SharedConf, conf_fields, NULL);

static int read_conf(
	const PluginCall *c, const SharedMode *modes, SharedConf *ret, SharedLink *link, Error *err)
{
	JsonReader reader = {.arena = c->arena, .err = err};
	char quoted[QUOTED_MAX];
	int r = fields_read(&reader, &conf_object, c->plugin->json, ret);

	if (r < 0)
		return r;
	link->mtu = (unsigned)ret->mtu;
	link->mode = modes->number;
	if (!ret->mode)
		return 0;
	for (; modes->name; modes++)
		if (streq(modes->name, ret->mode)) {
			link->mode = modes->number;
			return 0;
		}
	return reader_fail(
		&reader, "mode", "%s is not a mode", text_quoted(ret->mode, quoted, sizeof quoted));
}

static int find_master(int fd, const SharedConf *conf, unsigned *ret, Error *err)
{
	int r = conf->master ? link_find(fd, conf->master, ret, NULL) : link_find_default(fd, ret);

	if (r == -ENOENT)
		return fail(err, r, "master: not given, and the host has no default route");
	if (r == -ENODEV)
		return fail(err, r, "master: the host has no interface \"%s\"", conf->master);
	return r < 0 ? fail_errno(err, r, "find the master interface") : 0;
}

/* The hardware address that the caller asks for, if any. */
static int read_mac(
	const PluginCall *c, uint8_t mac[static LINK_MAC_LEN], SharedLink *link, Error *err)
{
	PluginRequest request;
	const char *text;
	int r = plugin_request(c, &request, err);

	if (r < 0)
		return r;
	text = request.mac;
	r = text ? 0 : plugin_arg(c, "MAC", &text, err);
	if (r != 0)
		return r < 0 ? r : 0;
	if (link_mac_parse(text, mac) < 0)
		return fail(err, -EINVAL, "\"%s\" is not a hardware address", text);
	link->mac = mac;
	return 0;
}

static int make(const SharedLink *link, const Endpoint *host, Endpoint *pod, Error *err)
{
	NetlinkBatch b;
	int r;

	netlink_begin(&b);
	link_add_shared(&b, link);
	r = netlink_run(host->socket, &b);
	if (r == -EOPNOTSUPP)
		return fail(err, r, "the kernel has no %s", link->kind);
	if (r == 0)
		r = link_find(pod->socket, pod->name, &pod->index, pod->mac);
	return r < 0 ? fail_errno(err, r, "make interface %s, of kind %s", link->name, link->kind)
		     : 0;
}

static int add(
	const PluginCall *c, const char *kind, const SharedMode *modes, CniResult *ret, Error *err)
{
	Endpoint host = {.socket = -1}, pod = {.socket = -1};
	SharedLink link = {.kind = kind, .name = c->interface, .namespace = c->namespace};
	uint8_t mac[LINK_MAC_LEN];
	SharedConf conf = {.mtu = 0};
	int r = read_conf(c, modes, &conf, &link, err);

	if (r == 0)
		r = read_mac(c, mac, &link, err);
	if (r == 0)
		r = endpoints_open(c, &host, &pod, err);
	if (r == 0)
		r = find_master(host.socket, &conf, &link.master, err);
	if (r == 0)
		r = make(&link, &host, &pod, err);
	if (r == 0)
		r = endpoint_complete(c, &pod, ret, err);
	endpoints_done(&host, &pod);
	return r;
}

static int macvlan_add(const PluginCall *c, CniResult *ret, Error *err)
{
	return add(c, "macvlan", macvlan_modes, ret, err);
}

static int ipvlan_add(const PluginCall *c, CniResult *ret, Error *err)
{
	return add(c, "ipvlan", ipvlan_modes, ret, err);
}

static int delete (const PluginCall *c, Error *err)
{
	return endpoint_delete(c, false, err);
}

static int collect(const PluginCall *c, Error *err)
{
	return endpoint_collect(c, false, err);
}

/* Pods can be added while the master is there. */
static int status(const PluginCall *c, const SharedMode *modes, Error *err)
{
	_cleanup_close_ int fd = netlink_open(NETLINK_ROUTE);
	SharedLink link;
	SharedConf conf = {.mtu = 0};
	int r = read_conf(c, modes, &conf, &link, err);

	if (r == 0)
		r = fd < 0 ? fail_errno(err, fd, "open a routing socket")
			   : find_master(fd, &conf, &link.master, err);
	return r < 0 ? r : ipam_status(c, err);
}

static int macvlan_status(const PluginCall *c, Error *err)
{
	return status(c, macvlan_modes, err);
}

static int ipvlan_status(const PluginCall *c, Error *err)
{
	return status(c, ipvlan_modes, err);
}

const Plugin plugin_macvlan = {
	.type = "macvlan",
	.add = macvlan_add,
	.del = delete,
	.check = endpoint_check,
	.gc = collect,
	.status = macvlan_status,
	.makes_interface = true,
};

const Plugin plugin_ipvlan = {
	.type = "ipvlan",
	.add = ipvlan_add,
	.del = delete,
	.check = endpoint_check,
	.gc = collect,
	.status = ipvlan_status,
	.makes_interface = true,
};
