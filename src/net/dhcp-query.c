/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dhcp-message.h"

#include "net/dhcp-internal.h"

#define OPTIONS_MIN    64 /* with what comes before it the 300 bytes that every server takes */
#define FLAG_BROADCAST 0x8000

/* Options of a packet that is being made. */
typedef struct Options {
	uint8_t *place;
	size_t len, room;
	bool overflow;
} Options;

static void put(Options *o, const void *data, size_t len)
{
	if (o->overflow || len > o->room - o->len) {
		o->overflow = true;
		return;
	}
	memcpy(o->place + o->len, data, len);
	o->len += len;
}

static void put_option(Options *o, uint8_t number, const void *data, size_t len)
{
	const uint8_t head[2] = {number, (uint8_t)len};

	put(o, head, sizeof head);
	put(o, data, len);
}

static void put_address(Options *o, uint8_t number, uint32_t address)
{
	if (address != 0)
		put_option(o, number, &address, sizeof address);
}

static void put_options(Options *o, const DhcpQuery *query)
{
	static const uint8_t end = DHCP_OPTION_END;
	const uint16_t max = htons(DHCP_PACKET_MAX);
	const uint8_t type = (uint8_t)query->type;

	put_option(o, DHCP_OPTION_TYPE, &type, sizeof type);
	put_address(o, DHCP_OPTION_ADDRESS, query->requested);
	put_address(o, DHCP_OPTION_SERVER, query->server);
	if (query->type != DHCP_RELEASE)
		put_option(o, DHCP_OPTION_MAX_SIZE, &max, sizeof max);
	if (query->options_len > 0)
		put(o, query->options, query->options_len);
	put(o, &end, sizeof end);
}

static void put_headers(DhcpPacket *p, const DhcpQuery *query, size_t len)
{
	uint32_t pseudo;

	p->udp = (struct udphdr){
		.source = htons(DHCP_CLIENT_PORT),
		.dest = htons(DHCP_SERVER_PORT),
		.len = htons((uint16_t)(len - sizeof p->ip)),
	};
	p->ip = (struct iphdr){
		.version = 4,
		.ihl = sizeof p->ip / 4,
		.tot_len = htons((uint16_t)len),
		.ttl = IPDEFTTL,
		.protocol = IPPROTO_UDP,
		.saddr = query->own,
		.daddr = query->destination ? query->destination : INADDR_BROADCAST,
	};
	p->ip.check = dhcp_checksum(dhcp_sum(0, &p->ip, sizeof p->ip));
	pseudo = dhcp_sum(IPPROTO_UDP + (uint32_t)(len - sizeof p->ip), &p->ip.saddr,
		sizeof p->ip.saddr + sizeof p->ip.daddr);
	p->udp.check = dhcp_checksum(dhcp_sum(pseudo, &p->udp, len - sizeof p->ip));
	if (p->udp.check == 0)
		p->udp.check = 0xffff;
}

size_t dhcp_build(const DhcpQuery *query, uint8_t ret[static DHCP_PACKET_MAX])
{
	DhcpPacket p = {
		.fixed = {.op = DHCP_OP_REQUEST,
			.hardware = DHCP_ETHERNET,
			.hardware_len = DHCP_MAC_LEN,
			.xid = query->xid,
			.seconds = htons(query->seconds),
			/* Who has no address yet hears what is for all, on any interface. */
			.flags = query->own ? 0 : htons(FLAG_BROADCAST),
			.client = query->own,
			.magic = htonl(DHCP_MAGIC)},
	};
	Options o = {.place = p.options, .room = sizeof p.options};
	size_t len;

	memcpy(p.fixed.mac, query->mac, DHCP_MAC_LEN);
	put_options(&o, query);
	if (o.overflow)
		return 0;
	len = offsetof(DhcpPacket, options) + MAX(o.len, (size_t)OPTIONS_MIN);
	put_headers(&p, query, len);
	memcpy(ret, &p, len);
	return len;
}
