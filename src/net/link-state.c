/* SPDX-License-Identifier: Apache-2.0 */
#include "net/link-state.h"

#include <linux/rtnetlink.h>
#include <stdio.h>

/* The attributes behind the header of a message that is of the type wanted; NULL for others. */
static const void *attributes(
	const struct nlmsghdr *h, uint16_t type, size_t header_len, size_t *ret_len)
{
	if (h->nlmsg_type != type || h->nlmsg_len < NLMSG_LENGTH(header_len))
		return NULL;
	return netlink_attributes(h, header_len, ret_len);
}

static uint32_t number(const void *first, size_t len, uint16_t attribute)
{
	const struct nlattr *a = netlink_find(first, len, attribute);
	uint32_t value = 0;

	if (a && netlink_len(a) == sizeof value)
		memcpy(&value, netlink_data(a), sizeof value);
	return value;
}

static void text(const void *first, size_t len, uint16_t attribute, char buf[static IFNAMSIZ])
{
	const struct nlattr *a = netlink_find(first, len, attribute);

	buf[0] = '\0';
	if (a && netlink_len(a) > 0 && netlink_len(a) <= IFNAMSIZ)
		(void)snprintf(
			buf, IFNAMSIZ, "%.*s", (int)netlink_len(a), (const char *)netlink_data(a));
}

/* What the bridge says of its port. */
static int read_isolated(const void *first, size_t len)
{
	static const uint16_t way[] = {IFLA_LINKINFO, IFLA_INFO_SLAVE_DATA, IFLA_BRPORT_ISOLATED};
	const struct nlattr *a = netlink_find_inside(first, len, way, ARRAY_LEN(way));

	return a && netlink_len(a) > 0 ? *(const uint8_t *)netlink_data(a) : -1;
}

static int read_state(const struct nlmsghdr *h, LinkState *ret)
{
	const struct ifinfomsg *info = NLMSG_DATA(h);
	const struct nlattr *mac;
	size_t len;
	const void *first = attributes(h, RTM_NEWLINK, sizeof *info, &len);

	if (!first)
		return -EBADMSG;
	*ret = (LinkState){.index = (unsigned)info->ifi_index,
		.flags = info->ifi_flags,
		.mtu = number(first, len, IFLA_MTU),
		.peer = number(first, len, IFLA_LINK),
		.isolated = read_isolated(first, len)};
	text(first, len, IFLA_IFNAME, ret->name);
	text(first, len, IFLA_IFALIAS, ret->alias);
	mac = netlink_find(first, len, IFLA_ADDRESS);
	if (mac && netlink_len(mac) == LINK_MAC_LEN)
		memcpy(ret->mac, netlink_data(mac), LINK_MAC_LEN);
	return 0;
}

static int take_state(const struct nlmsghdr *h, void *userdata)
{
	int r = read_state(h, userdata);

	return r < 0 ? r : 1;
}

int link_state(int fd, const char *name, LinkState *ret)
{
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	NetlinkBatch b;
	LinkState state = {.index = 0};
	int r;

	netlink_begin(&b);
	netlink_message(&b, RTM_GETLINK, 0, &header, sizeof header);
	netlink_put_text(&b, IFLA_IFNAME, name);
	r = netlink_dump(fd, &b, take_state, &state);
	if (r < 0)
		return r;
	*ret = state;
	return 0;
}

typedef struct MacSearch {
	const uint8_t *mac;
	LinkState found;
} MacSearch;

static int compare_mac(const struct nlmsghdr *h, void *userdata)
{
	MacSearch *search = userdata;
	LinkState state;
	int r = read_state(h, &state);

	if (r == 0 && search->found.index == 0 && memcmp(state.mac, search->mac, LINK_MAC_LEN) == 0)
		search->found = state;
	return r;
}

int link_state_by_mac(int fd, const uint8_t mac[static LINK_MAC_LEN], LinkState *ret)
{
	const struct ifinfomsg header = {.ifi_family = AF_UNSPEC};
	MacSearch search = {.mac = mac};
	int r = netlink_list(fd, RTM_GETLINK, &header, sizeof header, compare_mac, &search);

	if (r < 0)
		return r;
	if (search.found.index == 0)
		return -ENODEV;
	*ret = search.found;
	return 0;
}

/* The address in an attribute, of the family; one that is not there is all 0. */
static Address address(const void *first, size_t len, uint16_t attribute, int family)
{
	const struct nlattr *a = netlink_find(first, len, attribute);
	Address address = {.family = family};

	address.prefix = address_bits(&address);
	if (a && netlink_len(a) == address_size(&address))
		memcpy(address.bytes, netlink_data(a), netlink_len(a));
	return address;
}

/* What is looked for among addresses or routes. */
typedef struct Search {
	unsigned index;
	const Address *address; /* or destination */
	const Address *gateway;
	bool found;
} Search;

static int compare_address(const struct nlmsghdr *h, void *userdata)
{
	const struct ifaddrmsg *info = NLMSG_DATA(h);
	Search *search = userdata;
	size_t len;
	const void *first = attributes(h, RTM_NEWADDR, sizeof *info, &len);
	Address a;

	if (!first)
		return -EBADMSG;
	if (info->ifa_family != search->address->family)
		return 0;
	a = address(first, len, netlink_find(first, len, IFA_LOCAL) ? IFA_LOCAL : IFA_ADDRESS,
		info->ifa_family);
	search->found |= info->ifa_index == search->index &&
			 info->ifa_prefixlen == search->address->prefix &&
			 address_compare(&a, search->address) == 0;
	return 0;
}

int link_has_address(int fd, unsigned index, const Address *wanted)
{
	const struct ifaddrmsg header = {.ifa_family = (uint8_t)wanted->family};
	Search search = {.index = index, .address = wanted};
	int r = netlink_list(fd, RTM_GETADDR, &header, sizeof header, compare_address, &search);

	return r < 0 ? r : search.found;
}

/* A route of the main table, with what all readers want of it. */
typedef struct RouteState {
	unsigned index, metric;
	Address destination, gateway;
} RouteState;

/* 1 for a route of another table. */
static int read_route(const struct nlmsghdr *h, RouteState *ret)
{
	const struct rtmsg *info = NLMSG_DATA(h);
	size_t len;
	const void *first = attributes(h, RTM_NEWROUTE, sizeof *info, &len);

	if (!first)
		return -EBADMSG;
	if (info->rtm_table != RT_TABLE_MAIN || info->rtm_type != RTN_UNICAST)
		return 1;
	ret->index = number(first, len, RTA_OIF);
	ret->metric = number(first, len, RTA_PRIORITY);
	ret->destination = address(first, len, RTA_DST, info->rtm_family);
	ret->destination.prefix = info->rtm_dst_len;
	ret->gateway = address(first, len, RTA_GATEWAY, info->rtm_family);
	return 0;
}

static int dump_routes(int fd, int family,
	int (*found)(const struct nlmsghdr *message, void *userdata), void *userdata)
{
	const struct rtmsg header = {.rtm_family = (uint8_t)family};

	return netlink_list(fd, RTM_GETROUTE, &header, sizeof header, found, userdata);
}

static int compare_route(const struct nlmsghdr *h, void *userdata)
{
	Search *search = userdata;
	RouteState route;
	int r = read_route(h, &route);

	if (r != 0)
		return r < 0 ? r : 0;
	search->found |=
		route.index == search->index &&
		route.destination.prefix == search->address->prefix &&
		address_compare(&route.destination, search->address) == 0 &&
		(!search->gateway || address_compare(&route.gateway, search->gateway) == 0);
	return 0;
}

int link_has_route(int fd, unsigned index, const Address *destination, const Address *gateway)
{
	Search search = {.index = index, .address = destination, .gateway = gateway};
	int r = dump_routes(fd, destination->family, compare_route, &search);

	return r < 0 ? r : search.found;
}

static int prefer_default(const struct nlmsghdr *h, void *userdata)
{
	RouteState route, *best = userdata;
	int r = read_route(h, &route);

	if (r != 0)
		return r < 0 ? r : 0;
	if (route.destination.prefix == 0 && route.index != 0 &&
		(best->index == 0 || route.metric < best->metric))
		*best = route;
	return 0;
}

int link_find_default(int fd, unsigned *ret_index)
{
	RouteState best = {.index = 0};
	int r = dump_routes(fd, AF_INET, prefer_default, &best);

	if (r == 0 && best.index == 0)
		r = dump_routes(fd, AF_INET6, prefer_default, &best);
	if (r < 0)
		return r;
	*ret_index = best.index;
	return best.index == 0 ? -ENOENT : 0;
}
