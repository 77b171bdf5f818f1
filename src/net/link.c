/* SPDX-License-Identifier: Apache-2.0 */
#include "net/link.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdio.h>
#include <sys/ioctl.h>

/* The attributes of an end that is made. It has one queue, as it was before Linux 5.16: with one
 * for each processor the kernel makes objects for all of them, which only programs of XDP would
 * use. */
static void put_end(NetlinkBatch *b, const VethEnd *end, unsigned mtu)
{
	netlink_put_text(b, IFLA_IFNAME, end->name);
	if (mtu > 0)
		netlink_put_u32(b, IFLA_MTU, mtu);
	if (end->namespace >= 0)
		netlink_put_u32(b, IFLA_NET_NS_FD, (uint32_t)end->namespace);
	if (end->master > 0)
		netlink_put_u32(b, IFLA_MASTER, end->master);
	netlink_put_u32(b, IFLA_NUM_TX_QUEUES, 1);
	netlink_put_u32(b, IFLA_NUM_RX_QUEUES, 1);
}

void link_add_veth(NetlinkBatch *b, const VethEnd *end, const VethEnd *peer, unsigned mtu)
{
	/* The peer cannot be up before its other end is there, which is made after it. */
	const struct ifinfomsg header = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP}, down = {0};
	size_t info, data, place;

	netlink_message(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
	put_end(b, end, mtu);
	info = netlink_nest(b, IFLA_LINKINFO);
	netlink_put_text(b, IFLA_INFO_KIND, "veth");
	data = netlink_nest(b, IFLA_INFO_DATA);
	place = b->len;
	netlink_put(b, VETH_INFO_PEER, &down, sizeof down);
	put_end(b, peer, mtu);
	netlink_nest_end(b, place);
	netlink_nest_end(b, data);
	netlink_nest_end(b, info);
}

void link_add(NetlinkBatch *b, const char *kind, const char *name, unsigned mtu)
{
	const struct ifinfomsg header = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	size_t info;

	netlink_message(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
	netlink_put_text(b, IFLA_IFNAME, name);
	if (mtu > 0)
		netlink_put_u32(b, IFLA_MTU, mtu);
	info = netlink_nest(b, IFLA_LINKINFO);
	netlink_put_text(b, IFLA_INFO_KIND, kind);
	netlink_nest_end(b, info);
}

/* What the mode is called, and its size, is not the same for both. */
static void put_mode(NetlinkBatch *b, const SharedLink *link)
{
	uint16_t mode = (uint16_t)link->mode;

	if (streq(link->kind, "macvlan"))
		netlink_put_u32(b, IFLA_MACVLAN_MODE, link->mode);
	else
		netlink_put(b, IFLA_IPVLAN_MODE, &mode, sizeof mode);
}

void link_add_shared(NetlinkBatch *b, const SharedLink *link)
{
	const struct ifinfomsg header = {0};
	size_t info, data;

	netlink_message(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
	netlink_put_text(b, IFLA_IFNAME, link->name);
	netlink_put_u32(b, IFLA_LINK, link->master);
	netlink_put_u32(b, IFLA_NET_NS_FD, (uint32_t)link->namespace);
	if (link->mtu > 0)
		netlink_put_u32(b, IFLA_MTU, link->mtu);
	if (link->mac)
		netlink_put(b, IFLA_ADDRESS, link->mac, LINK_MAC_LEN);
	info = netlink_nest(b, IFLA_LINKINFO);
	netlink_put_text(b, IFLA_INFO_KIND, link->kind);
	data = netlink_nest(b, IFLA_INFO_DATA);
	put_mode(b, link);
	netlink_nest_end(b, data);
	netlink_nest_end(b, info);
}

/* Sets what a bridge does with one of its ports: an IFLA_BRPORT_... */
static void set_port(NetlinkBatch *b, unsigned index, uint16_t attribute)
{
	const struct ifinfomsg header = {.ifi_family = AF_BRIDGE, .ifi_index = (int)index};
	uint8_t on = 1;
	size_t port;

	netlink_message(b, RTM_SETLINK, 0, &header, sizeof header);
	port = netlink_nest(b, IFLA_PROTINFO);
	netlink_put(b, attribute, &on, sizeof on);
	netlink_nest_end(b, port);
}

void link_set_hairpin(NetlinkBatch *b, unsigned index)
{
	set_port(b, index, IFLA_BRPORT_MODE);
}

void link_set_isolated(NetlinkBatch *b, unsigned index)
{
	set_port(b, index, IFLA_BRPORT_ISOLATED);
}

void link_set_flags(NetlinkBatch *b, unsigned index, unsigned flags, unsigned mask)
{
	const struct ifinfomsg header = {
		.ifi_index = (int)index, .ifi_flags = flags, .ifi_change = mask};

	netlink_message(b, RTM_NEWLINK, 0, &header, sizeof header);
}

void link_set_up(NetlinkBatch *b, unsigned index)
{
	link_set_flags(b, index, IFF_UP, IFF_UP);
}

void link_move(NetlinkBatch *b, unsigned index, int namespace, const char *name, const char *alias)
{
	link_set_flags(b, index, 0, IFF_UP);
	netlink_put_u32(b, IFLA_NET_NS_FD, (uint32_t) namespace);
	netlink_put_text(b, IFLA_IFNAME, name);
	netlink_put(b, IFLA_IFALIAS, alias, strlen(alias));
}

void link_delete(NetlinkBatch *b, unsigned index)
{
	struct ifinfomsg header = {.ifi_index = (int)index};

	netlink_message(b, RTM_DELLINK, 0, &header, sizeof header);
}

/* An IPv6 address is used at once: it was handed out, and nobody else has it. */
void link_add_address(NetlinkBatch *b, unsigned index, const Address *address, bool connected)
{
	struct ifaddrmsg header = {
		.ifa_family = (uint8_t)address->family,
		.ifa_prefixlen = (uint8_t)address->prefix,
		.ifa_index = index,
	};
	Address last = address_last(address);

	netlink_message(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
	netlink_put(b, IFA_LOCAL, address->bytes, address_size(address));
	netlink_put(b, IFA_ADDRESS, address->bytes, address_size(address));
	if (address->family == AF_INET && address->prefix < 31)
		netlink_put(b, IFA_BROADCAST, last.bytes, address_size(&last));
	netlink_put_u32(b, IFA_FLAGS, IFA_F_NODAD | (connected ? 0 : IFA_F_NOPREFIXROUTE));
}

void link_delete_address(NetlinkBatch *b, unsigned index, const Address *address)
{
	struct ifaddrmsg header = {
		.ifa_family = (uint8_t)address->family,
		.ifa_prefixlen = (uint8_t)address->prefix,
		.ifa_index = index,
	};

	netlink_message(b, RTM_DELADDR, 0, &header, sizeof header);
	netlink_put(b, IFA_LOCAL, address->bytes, address_size(address));
}

void link_add_route(NetlinkBatch *b, const Route *route)
{
	const Address *to = &route->destination;
	struct rtmsg header = {
		.rtm_family = (uint8_t)to->family,
		.rtm_dst_len = (uint8_t)to->prefix,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_BOOT,
		.rtm_scope = route->scope,
		.rtm_type = RTN_UNICAST,
	};

	netlink_message(b, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
	if (to->prefix > 0)
		netlink_put(b, RTA_DST, to->bytes, address_size(to));
	if (route->gateway)
		netlink_put(b, RTA_GATEWAY, route->gateway->bytes, address_size(to));
	if (route->source)
		netlink_put(b, RTA_PREFSRC, route->source->bytes, address_size(to));
	netlink_put_u32(b, RTA_OIF, route->index);
}

const char *link_mac_text(const uint8_t mac[static LINK_MAC_LEN], char buf[static LINK_MAC_TEXT])
{
	(void)snprintf(buf, LINK_MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		mac[3], mac[4], mac[5]);
	return buf;
}

int link_mac_parse(const char *text, uint8_t ret[static LINK_MAC_LEN])
{
	unsigned part[LINK_MAC_LEN];
	int end = 0;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &part[0], &part[1], &part[2], &part[3],
		    &part[4], &part[5], &end) != LINK_MAC_LEN ||
		text[end] != '\0')
		return -EINVAL;
	for (size_t i = 0; i < LINK_MAC_LEN; i++)
		ret[i] = (uint8_t)part[i];
	return 0;
}

/* These requests do not wait for whoever is changing the network, as messages do. */
int link_find(int fd, const char *name, unsigned *ret_index, uint8_t *ret_mac)
{
	struct ifreq request = {.ifr_ifindex = 0};

	if (strlen(name) >= sizeof request.ifr_name)
		return -ENODEV;
	(void)snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
	if (ioctl(fd, SIOCGIFINDEX, &request) < 0)
		return -errno;
	*ret_index = (unsigned)request.ifr_ifindex;
	if (!ret_mac)
		return 0;
	if (ioctl(fd, SIOCGIFHWADDR, &request) < 0)
		return -errno;
	memcpy(ret_mac, request.ifr_hwaddr.sa_data, LINK_MAC_LEN);
	return 0;
}
