/* SPDX-License-Identifier: Apache-2.0 */
#include "net/shaper.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>

#define LATENCY_MS 25       /* how long a packet waits at most before it is dropped */
#define ALIAS_MAX  256      /* IFALIASZ of the kernel */
#define BUCKET     0x10000U /* the handle "1:" */
#define RECEIVED   TC_H_MAKE(TC_H_INGRESS, 0)
#define PRIORITY   1

static void traffic_message(NetlinkBatch *b, uint16_t type, uint16_t flags,
	const struct tcmsg *header, const char *kind)
{
	netlink_message(b, type, flags, header, sizeof *header);
	netlink_put_text(b, TCA_KIND, kind);
}

void shaper_limit(NetlinkBatch *b, unsigned index, const ShaperRate *rate)
{
	const struct tcmsg header = {
		.tcm_ifindex = (int)index, .tcm_handle = BUCKET, .tcm_parent = TC_H_ROOT};
	const struct tc_tbf_qopt options = {
		.rate = {.rate = (uint32_t)MIN(rate->rate, UINT32_MAX),
			.linklayer = TC_LINKLAYER_ETHERNET},
		.limit = (uint32_t)MIN(
			rate->rate * LATENCY_MS / 1000 + rate->burst, (uint64_t)UINT32_MAX),
	};
	size_t nest;

	traffic_message(b, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, &header, "tbf");
	nest = netlink_nest(b, TCA_OPTIONS);
	netlink_put(b, TCA_TBF_PARMS, &options, sizeof options);
	netlink_put_u32(b, TCA_TBF_BURST, rate->burst);
	if (rate->rate > UINT32_MAX)
		netlink_put(b, TCA_TBF_RATE64, &rate->rate, sizeof rate->rate);
	netlink_nest_end(b, nest);
}

static struct tcmsg filter_header(unsigned index)
{
	return (struct tcmsg){
		.tcm_ifindex = (int)index,
		.tcm_parent = RECEIVED,
		.tcm_info = TC_H_MAKE(PRIORITY << 16, htons(ETH_P_ALL)),
	};
}

/* The action of a filter: away to the other interface. */
static void put_redirection(NetlinkBatch *b, unsigned to)
{
	const struct tc_mirred mirred = {
		.action = TC_ACT_STOLEN, .eaction = TCA_EGRESS_REDIR, .ifindex = to};
	size_t list = netlink_nest(b, TCA_U32_ACT), first = netlink_nest(b, 1), options;

	netlink_put_text(b, TCA_ACT_KIND, "mirred");
	options = netlink_nest(b, TCA_ACT_OPTIONS);
	netlink_put(b, TCA_MIRRED_PARMS, &mirred, sizeof mirred);
	netlink_nest_end(b, options);
	netlink_nest_end(b, first);
	netlink_nest_end(b, list);
}

void shaper_redirect(NetlinkBatch *b, unsigned index, unsigned to)
{
	const struct tcmsg header = {
		.tcm_ifindex = (int)index, .tcm_handle = RECEIVED, .tcm_parent = TC_H_INGRESS};
	const struct tcmsg filter = filter_header(index);
	/* One word of the packet, of which no bit counts: everything. */
	const struct {
		struct tc_u32_sel sel;
		struct tc_u32_key key;
	} everything = {.sel = {.flags = TC_U32_TERMINAL, .nkeys = 1}};
	size_t options;

	traffic_message(b, RTM_NEWQDISC, NLM_F_CREATE, &header, "ingress");
	traffic_message(b, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, &filter, "u32");
	options = netlink_nest(b, TCA_OPTIONS);
	netlink_put_u32(b, TCA_U32_CLASSID, TC_H_MAKE(BUCKET, 1));
	netlink_put(b, TCA_U32_SEL, &everything, sizeof everything);
	put_redirection(b, to);
	netlink_nest_end(b, options);
}

void shaper_name_owner(NetlinkBatch *b, unsigned index, const char *owner)
{
	link_set_flags(b, index, 0, 0);
	netlink_put(b, IFLA_IFALIAS, owner, strlen(owner));
}

/* What is looked for, and what tells it. */
typedef struct Search {
	unsigned index, to;
	const ShaperRate *rate;
	bool found;
} Search;

static int compare_bucket(const struct nlmsghdr *h, void *userdata)
{
	static const uint16_t parameters[] = {TCA_OPTIONS, TCA_TBF_PARMS},
			      large[] = {TCA_OPTIONS, TCA_TBF_RATE64};
	const struct tcmsg *header = NLMSG_DATA(h);
	Search *search = userdata;
	struct tc_tbf_qopt options;
	size_t len;
	const void *first = netlink_attributes(h, sizeof *header, &len);
	const struct nlattr *a;
	uint64_t rate;

	if ((unsigned)header->tcm_ifindex != search->index || header->tcm_parent != TC_H_ROOT)
		return 0;
	a = netlink_find_inside(first, len, parameters, ARRAY_LEN(parameters));
	if (!a || netlink_len(a) < sizeof options)
		return 0;
	memcpy(&options, netlink_data(a), sizeof options);
	rate = options.rate.rate;
	a = netlink_find_inside(first, len, large, ARRAY_LEN(large));
	if (a && netlink_len(a) == sizeof rate)
		memcpy(&rate, netlink_data(a), sizeof rate);
	search->found |= rate == search->rate->rate;
	return 0;
}

int shaper_is_limited(int fd, unsigned index, const ShaperRate *rate)
{
	const struct tcmsg header = {.tcm_ifindex = (int)index};
	Search search = {.index = index, .rate = rate};
	int r = netlink_list(fd, RTM_GETQDISC, &header, sizeof header, compare_bucket, &search);

	return r < 0 ? r : search.found;
}

static int compare_filter(const struct nlmsghdr *h, void *userdata)
{
	static const uint16_t way[] = {
		TCA_OPTIONS, TCA_U32_ACT, 1, TCA_ACT_OPTIONS, TCA_MIRRED_PARMS};
	Search *search = userdata;
	struct tc_mirred mirred;
	size_t len;
	const void *first = netlink_attributes(h, sizeof(struct tcmsg), &len);
	const struct nlattr *a = netlink_find_inside(first, len, way, ARRAY_LEN(way));

	if (!a || netlink_len(a) < sizeof mirred)
		return 0;
	memcpy(&mirred, netlink_data(a), sizeof mirred);
	search->found |= mirred.ifindex == search->to && mirred.eaction == TCA_EGRESS_REDIR;
	return 0;
}

int shaper_is_redirected(int fd, unsigned index, unsigned to)
{
	const struct tcmsg header = filter_header(index);
	Search search = {.to = to};
	int r = netlink_list(fd, RTM_GETTFILTER, &header, sizeof header, compare_filter, &search);

	return r < 0 ? r : search.found;
}

typedef struct DeviceSearch {
	int (*found)(unsigned index, const char *owner, void *userdata);
	void *userdata;
} DeviceSearch;

static int tell_device(const struct nlmsghdr *h, void *userdata)
{
	static const uint16_t way[] = {IFLA_LINKINFO, IFLA_INFO_KIND};
	const struct ifinfomsg *header = NLMSG_DATA(h);
	const DeviceSearch *search = userdata;
	size_t len;
	const void *first = netlink_attributes(h, sizeof *header, &len);
	const struct nlattr *kind = netlink_find_inside(first, len, way, ARRAY_LEN(way)),
			    *a = netlink_find(first, len, IFLA_IFALIAS);
	char alias[ALIAS_MAX] = "";

	if (!kind || strncmp(netlink_data(kind), "ifb", netlink_len(kind)) != 0)
		return 0;
	if (a && netlink_len(a) < sizeof alias)
		memcpy(alias, netlink_data(a), netlink_len(a));
	return search->found((unsigned)header->ifi_index, alias, search->userdata);
}

int shaper_find_device(int fd, const char *name,
	int (*found)(unsigned index, const char *owner, void *userdata), void *userdata)
{
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	DeviceSearch search = {.found = found, .userdata = userdata};
	NetlinkBatch b;

	netlink_begin(&b);
	netlink_message(&b, RTM_GETLINK, NLM_F_ACK, &header, sizeof header);
	netlink_put_text(&b, IFLA_IFNAME, name);
	return netlink_dump(fd, &b, tell_device, &search);
}

int shaper_list_devices(
	int fd, int (*found)(unsigned index, const char *owner, void *userdata), void *userdata)
{
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	DeviceSearch search = {.found = found, .userdata = userdata};

	return netlink_list(fd, RTM_GETLINK, &header, sizeof header, tell_device, &search);
}
