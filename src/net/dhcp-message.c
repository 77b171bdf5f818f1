/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dhcp-message.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>

#define MAGIC       0x63825363U
#define OPTIONS_MIN 64 /* with what comes before it the 300 bytes that every server takes */

enum {
	OP_REQUEST = 1,
	OP_REPLY = 2,
	HARDWARE_ETHERNET = 1,
	FLAG_BROADCAST = 0x8000,
};

/* Everything is at its natural place. */
typedef struct Fixed {
	uint8_t op, hardware, hardware_len, hops;
	uint32_t xid;
	uint16_t seconds, flags;
	uint32_t client, yours, next_server, relay;
	uint8_t mac[16], sname[64], file[128];
	uint32_t magic;
} Fixed;

typedef struct Packet {
	struct iphdr ip;
	struct udphdr udp;
	Fixed fixed;
	uint8_t options[DHCP_PACKET_MAX - sizeof(struct iphdr) - sizeof(struct udphdr) -
			sizeof(Fixed)];
} Packet;

_Static_assert(sizeof(Fixed) == 240 && sizeof(Packet) == DHCP_PACKET_MAX, "there are no gaps");

static uint32_t add_words(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	return len % 2 ? sum + ((uint32_t)bytes[len - 1] << 8) : sum;
}

static uint16_t checksum(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

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

static void put_headers(Packet *p, const DhcpQuery *query, size_t len)
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
	p->ip.check = checksum(add_words(0, &p->ip, sizeof p->ip));
	pseudo = add_words(IPPROTO_UDP + (uint32_t)(len - sizeof p->ip), &p->ip.saddr,
		sizeof p->ip.saddr + sizeof p->ip.daddr);
	p->udp.check = checksum(add_words(pseudo, &p->udp, len - sizeof p->ip));
	if (p->udp.check == 0)
		p->udp.check = 0xffff;
}

size_t dhcp_build(const DhcpQuery *query, uint8_t ret[static DHCP_PACKET_MAX])
{
	Packet p = {
		.fixed = {.op = OP_REQUEST,
			.hardware = HARDWARE_ETHERNET,
			.hardware_len = DHCP_MAC_LEN,
			.xid = query->xid,
			.seconds = htons(query->seconds),
			/* Who has no address yet hears what is for all, on any interface. */
			.flags = query->own ? 0 : htons(FLAG_BROADCAST),
			.client = query->own,
			.magic = htonl(MAGIC)},
	};
	Options o = {.place = p.options, .room = sizeof p.options};
	size_t len;

	memcpy(p.fixed.mac, query->mac, DHCP_MAC_LEN);
	put_options(&o, query);
	if (o.overflow)
		return 0;
	len = offsetof(Packet, options) + MAX(o.len, (size_t)OPTIONS_MIN);
	put_headers(&p, query, len);
	memcpy(ret, &p, len);
	return len;
}

/* Options of a packet that was received: up to three places, one behind the other. */
typedef struct Area {
	const uint8_t *place;
	size_t len;
} Area;

typedef struct Areas {
	Area items[3];
	size_t n;
} Areas;

typedef struct Bytes {
	uint8_t data[DHCP_PACKET_MAX];
	size_t len;
} Bytes;

/* All there is of an option: it may be in pieces (RFC 3396). Returns whether it is there; one that
 * goes beyond the end of its place ends that. */
static bool find(const Areas *areas, uint8_t number, Bytes *ret)
{
	bool found = false;

	ret->len = 0;
	for (size_t i = 0; i < areas->n; i++) {
		const uint8_t *s = areas->items[i].place, *end = s + areas->items[i].len;

		while (s < end && *s != DHCP_OPTION_END) {
			if (*s == DHCP_OPTION_PAD) {
				s++;
				continue;
			}
			if (end - s < 2 || s[1] > end - s - 2)
				break;
			if (*s == number && s[1] <= sizeof ret->data - ret->len) {
				memcpy(ret->data + ret->len, s + 2, s[1]);
				ret->len += s[1];
				found = true;
			}
			s += 2 + s[1];
		}
	}
	return found;
}

static uint32_t find_number(const Areas *areas, uint8_t number)
{
	uint32_t value;
	Bytes b;

	if (!find(areas, number, &b) || b.len != sizeof value)
		return 0;
	memcpy(&value, b.data, sizeof value);
	return value;
}

/* The bits of a mask; -1 when it is none. */
static int prefix_of(uint32_t mask)
{
	uint32_t bits = ntohl(mask);
	int n = 0;

	for (; bits & 0x80000000U; bits <<= 1)
		n++;
	return bits == 0 ? n : -1;
}

static void add_route(DhcpReply *reply, uint32_t network, unsigned prefix, uint32_t gateway)
{
	if (reply->n_routes < DHCP_ROUTES)
		reply->routes[reply->n_routes++] = (DhcpRoute){
			.network = network, .prefix = (uint8_t)prefix, .gateway = gateway};
}

/* A length in bits, the bytes of the network that it covers, and a gateway (RFC 3442). */
static void read_classless(const Bytes *b, DhcpReply *reply)
{
	size_t i = 0;

	while (i < b->len && b->data[i] <= 32) {
		unsigned prefix = b->data[i++];
		size_t significant = (prefix + 7) / 8;
		uint32_t network = 0, gateway;

		if (b->len - i < significant + sizeof gateway)
			return;
		memcpy(&network, b->data + i, significant);
		memcpy(&gateway, b->data + i + significant, sizeof gateway);
		i += significant + sizeof gateway;
		add_route(reply, network, prefix, gateway);
	}
}

/* Of the time when a network's size was told by its first bits: those were networks if nothing
 * follows the bits, else hosts. */
static unsigned class_prefix(uint32_t address)
{
	uint32_t a = ntohl(address);
	unsigned prefix = a >> 31 == 0 ? 8 : a >> 30 == 2 ? 16 : 24;

	return a & (UINT32_MAX >> prefix) ? 32 : prefix;
}

static void read_static(const Bytes *b, DhcpReply *reply)
{
	uint32_t pair[2];

	for (size_t i = 0; b->len - i >= sizeof pair; i += sizeof pair) {
		memcpy(pair, b->data + i, sizeof pair);
		/* The default route is none of these. */
		if (pair[0] != 0)
			add_route(reply, pair[0], class_prefix(pair[0]), pair[1]);
	}
}

/* Where there are classless routes, they are all there are. */
static void read_routes(const Areas *areas, DhcpReply *reply)
{
	Bytes b;

	if (find(areas, DHCP_OPTION_ROUTERS, &b) && b.len >= sizeof reply->gateway)
		memcpy(&reply->gateway, b.data, sizeof reply->gateway);
	if (find(areas, DHCP_OPTION_CLASSLESS_ROUTES, &b)) {
		read_classless(&b, reply);
		return;
	}
	if (find(areas, DHCP_OPTION_STATIC_ROUTES, &b))
		read_static(&b, reply);
	if (reply->gateway != 0)
		add_route(reply, 0, 0, reply->gateway);
}

static void read_dns(const Areas *areas, DhcpReply *reply)
{
	Bytes b;

	if (!find(areas, DHCP_OPTION_DNS, &b))
		return;
	for (size_t i = 0; b.len - i >= 4 && reply->n_dns < DHCP_SERVERS; i += 4)
		memcpy(&reply->dns[reply->n_dns++], b.data + i, 4);
}

/* What may stand in /etc/resolv.conf. */
static bool is_name(const uint8_t *s, size_t len)
{
	static const char letters[] =
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.";

	for (size_t i = 0; i < len; i++)
		if (s[i] == '\0' || !strchr(letters, s[i]))
			return false;
	return len > 0 && len < DHCP_NAME;
}

static void read_domain(const Areas *areas, DhcpReply *reply)
{
	Bytes b;

	if (!find(areas, DHCP_OPTION_DOMAIN, &b))
		return;
	while (b.len > 0 && b.data[b.len - 1] == '\0')
		b.len--;
	if (!is_name(b.data, b.len))
		return;
	memcpy(reply->domain, b.data, b.len);
	reply->domain[b.len] = '\0';
}

/* One name of a list, with its pieces as DNS writes them: each a length and letters, or at its end
 * a place further in front where it goes on. Returns where the next name begins, 0 for what is
 * broken. */
static size_t read_labels(const Bytes *b, size_t start, char name[static DHCP_NAME])
{
	size_t next = 0, len = 0, i = start;

	while (i < b->len && b->data[i] != 0) {
		size_t n = b->data[i];

		if (n >= 0xc0) {
			size_t to;

			if (i + 1 >= b->len)
				return 0;
			to = (n & 0x3f) << 8 | b->data[i + 1];
			next = next ? next : i + 2;
			/* Always to the front, so that it comes to an end. */
			if (to >= start)
				return 0;
			start = i = to;
			continue;
		}
		if (n > 63 || n >= b->len - i || len + n + 1 >= DHCP_NAME ||
			!is_name(b->data + i + 1, n))
			return 0;
		if (len > 0)
			name[len++] = '.';
		memcpy(name + len, b->data + i + 1, n);
		len += n;
		i += 1 + n;
	}
	if (i >= b->len || len == 0)
		return 0;
	name[len] = '\0';
	return next ? next : i + 1;
}

static void read_search(const Areas *areas, DhcpReply *reply)
{
	size_t next = 0;
	Bytes b;

	if (!find(areas, DHCP_OPTION_SEARCH, &b))
		return;
	while (next < b.len && reply->n_search < DHCP_DOMAINS) {
		next = read_labels(&b, next, reply->search[reply->n_search]);
		if (next == 0)
			return;
		reply->n_search++;
	}
}

/* The packet's place for options and, if these say so, two others that lie idle else. */
static void find_areas(const Packet *p, size_t len, Areas *ret)
{
	Bytes b;

	*ret = (Areas){.items[0] = {p->options, len}, .n = 1};
	if (!find(ret, DHCP_OPTION_OVERLOAD, &b) || b.len != 1)
		return;
	if (b.data[0] & 1)
		ret->items[ret->n++] = (Area){p->fixed.file, sizeof p->fixed.file};
	if (b.data[0] & 2)
		ret->items[ret->n++] = (Area){p->fixed.sname, sizeof p->fixed.sname};
}

/* Copies what is behind the packet's IP header, which may be longer than ours. The UDP checksum is
 * not looked at: on the way from a server on the same machine it was never made. */
static int unwrap(const uint8_t *packet, size_t len, Packet *p, size_t *ret_options)
{
	size_t header, total;

	if (len < offsetof(Packet, options))
		return -EBADMSG;
	memcpy(&p->ip, packet, sizeof p->ip);
	header = p->ip.ihl * 4U;
	total = ntohs(p->ip.tot_len);
	if (p->ip.version != 4 || header < sizeof p->ip || total > len ||
		total > header + sizeof *p - sizeof p->ip ||
		total < header + offsetof(Packet, options) - sizeof p->ip ||
		p->ip.protocol != IPPROTO_UDP || checksum(add_words(0, packet, header)) != 0)
		return -EBADMSG;
	memcpy(&p->udp, packet + header, total - header);
	if (p->udp.dest != htons(DHCP_CLIENT_PORT) || p->udp.source != htons(DHCP_SERVER_PORT) ||
		ntohs(p->udp.len) < sizeof p->udp + sizeof p->fixed ||
		ntohs(p->udp.len) > total - header)
		return -EBADMSG;
	*ret_options = ntohs(p->udp.len) - sizeof p->udp - sizeof p->fixed;
	return 0;
}

int dhcp_parse(const uint8_t *packet, size_t len, DhcpReply *ret)
{
	DhcpReply reply = {.prefix = -1};
	Areas areas;
	Bytes b;
	Packet p;
	int r = unwrap(packet, len, &p, &len);

	if (r < 0)
		return r;
	if (p.fixed.op != OP_REPLY || p.fixed.hardware != HARDWARE_ETHERNET ||
		p.fixed.hardware_len != DHCP_MAC_LEN || p.fixed.magic != htonl(MAGIC))
		return -EBADMSG;
	find_areas(&p, len, &areas);
	if (!find(&areas, DHCP_OPTION_TYPE, &b) || b.len != 1)
		return -EBADMSG;
	reply.type = (DhcpType)b.data[0];
	reply.xid = p.fixed.xid;
	memcpy(reply.mac, p.fixed.mac, DHCP_MAC_LEN);
	reply.address = p.fixed.yours;
	reply.server = find_number(&areas, DHCP_OPTION_SERVER);
	if (find(&areas, DHCP_OPTION_MASK, &b) && b.len == 4)
		reply.prefix = prefix_of(find_number(&areas, DHCP_OPTION_MASK));
	reply.lease = ntohl(find_number(&areas, DHCP_OPTION_LEASE));
	reply.renew = ntohl(find_number(&areas, DHCP_OPTION_RENEW));
	reply.rebind = ntohl(find_number(&areas, DHCP_OPTION_REBIND));
	read_routes(&areas, &reply);
	read_dns(&areas, &reply);
	read_domain(&areas, &reply);
	read_search(&areas, &reply);
	*ret = reply;
	return 0;
}

Address dhcp_address(uint32_t number, unsigned prefix)
{
	Address a = {.family = AF_INET, .prefix = prefix};

	memcpy(a.bytes, &number, sizeof number);
	return a;
}
