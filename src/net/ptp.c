/* SPDX-License-Identifier: Apache-2.0 */

/* The plugin ptp: a pair of interfaces, one in the pod, one on the host, with the host as router.
 */

#include <linux/rtnetlink.h>
#include "net/endpoint.h"
#include "net/forwarding.h"
#include "net/ipam.h"
#include "spec/cni-fields.h"

typedef struct PtpConf {
	bool masquerade;
	int64_t mtu;
} PtpConf;

static const Field conf_fields[] = {
	FIELD(PtpConf, masquerade, "ipMasq", bool),
	FIELD(PtpConf, mtu, "mtu", number, .min = 0, .max = 65535),
};
static const ObjectType conf_object = OBJECT_TYPE(PtpConf, conf_fields, NULL);

static int read_conf(const PluginCall *c, PtpConf *ret, Error *err)
{
	JsonReader reader = {.arena = c->arena, .err = err};
	int r = fields_read(&reader, &conf_object, c->plugin->json, ret);

	if (r == 0 && !c->plugin->ipam.given)
		return reader_fail(&reader, "ipam", "must be given");
	return r;
}

/* All of a pod's traffic goes to the gateway, that to its neighbours as well. */
static void add_pod_addresses(NetlinkBatch *b, const Endpoint *pod, const Leg *leg)
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

	link_add_address(b, pod->index, &leg->address, false);
	link_add_route(b, &gateway);
	link_add_route(b, &network);
}

/* Messages for one address. */
#define ON_HOST 2

static void add_host_addresses(NetlinkBatch *b, const Endpoint *host, const Leg *leg)
{
	Address gateway = one_host(&leg->gateway);
	Route route = {.destination = one_host(&leg->address),
		.index = host->index,
		.scope = leg->address.family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE};

	link_add_address(b, host->index, &gateway, false);
	link_add_route(b, &route);
}

/* One address, on both sides. */
static int add_leg(NetlinkBatch *in_pod, NetlinkBatch *on_host, const Endpoint *pod,
	const Endpoint *host, const CniIp *ip, Error *err)
{
	Leg leg;
	int r = leg_parse(ip, &leg, err);

	if (r == 0 && !leg.has_gateway)
		r = fail(err, -EINVAL, "IPAM: address %s has no gateway", ip->address);
	if (r == 0)
		r = forwarding_enable(leg.address.family, err);
	if (r < 0)
		return r;
	add_pod_addresses(in_pod, pod, &leg);
	add_host_addresses(on_host, host, &leg);
	return 0;
}

static int fail_taken(const PluginCall *c, const CniIp *ip, Error *err)
{
	char text[ADDRESS_TEXT];
	Address a;

	(void)fail(err, -EEXIST, "address %s is another interface's of this host already",
		ip->address);
	if (address_parse_network(ip->address, &a) == 0) {
		error_hint(err, "\"ip route get %s\" names the interface", address_text(&a, text));
		plugin_note_taken(c, &a);
	}
	return -EEXIST;
}

/* Everything that the two ends have, one batch each. */
static int configure(const PluginCall *c, const Endpoint *host, const Endpoint *pod,
	const CniResult *result, Error *err)
{
	NetlinkBatch in_pod, on_host;
	int r = 0;

	netlink_begin(&in_pod);
	netlink_begin(&on_host);
	link_set_up(&in_pod, pod->index);
	for (size_t i = 0; i < result->n_ips && r == 0; i++)
		r = add_leg(&in_pod, &on_host, pod, host, &result->ips[i], err);
	if (r == 0)
		r = endpoint_add_routes(&in_pod, pod, result, err);
	if (r == 0)
		r = endpoint_run(pod, &in_pod, result, err);
	if (r < 0)
		return r;
	r = on_host.n > 0 ? netlink_run(host->socket, &on_host) : 0;
	if (r == -EEXIST)
		return fail_taken(c, &result->ips[on_host.failed / ON_HOST], err);
	return r < 0 ? fail_errno(err, r, "set addresses and routes of interface %s", host->name)
		     : 0;
}

static int ptp_add(const PluginCall *c, CniResult *ret, Error *err)
{
	Endpoint host = {.socket = -1}, pod = {.socket = -1};
	const Endpoint *const described[] = {&host};
	PtpConf conf = {.mtu = 0};
	int r = read_conf(c, &conf, err);

	if (r == 0)
		r = endpoints_open(c, &host, &pod, err);
	if (r == 0)
		r = ipam_add(c, ret, err);
	if (r == 0)
		r = endpoints_make_pair(c, (unsigned)conf.mtu, 0, &host, &pod, err);
	if (r == 0)
		r = configure(c, &host, &pod, ret, err);
	if (r == 0 && conf.masquerade)
		r = endpoint_masquerade(c, ret, err);
	if (r == 0)
		r = endpoint_describe(c, described, ARRAY_LEN(described), &pod, ret, err);
	endpoints_done(&host, &pod);
	return r;
}

static int ptp_del(const PluginCall *c, Error *err)
{
	PtpConf conf = {.mtu = 0};
	int r = read_conf(c, &conf, err);

	return r < 0 ? r : endpoint_delete(c, conf.masquerade, err);
}

static int ptp_gc(const PluginCall *c, Error *err)
{
	PtpConf conf = {.mtu = 0};
	int r = read_conf(c, &conf, err);

	return r < 0 ? r : endpoint_collect(c, conf.masquerade, err);
}

static int ptp_status(const PluginCall *c, Error *err)
{
	PtpConf conf = {.mtu = 0};
	int r = read_conf(c, &conf, err);

	return r < 0 ? r : ipam_status(c, err);
}

static int ptp_restore(const PluginCall *c, Error *err)
{
	PtpConf conf = {.mtu = 0};
	int r = read_conf(c, &conf, err);

	return r < 0 || !conf.masquerade ? r : endpoint_masquerade(c, c->previous, err);
}

const Plugin plugin_ptp = {
	.type = "ptp",
	.add = ptp_add,
	.del = ptp_del,
	.check = endpoint_check,
	.gc = ptp_gc,
	.status = ptp_status,
	.restore = ptp_restore,
	.makes_interface = true,
};
