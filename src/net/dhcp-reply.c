/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dhcp-message.h"

#include "net/dhcp-internal.h"

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

/* Whether a machine can have the address in a network: not this one alone, and not many. */
static bool is_host(uint32_t address)
{
	uint32_t first = ntohl(address) >> 24;

	return first != 0 && first != IN_LOOPBACKNET && first < 224;
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
static void find_areas(const DhcpPacket *p, size_t len, Areas *ret)
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
static int unwrap(const uint8_t *packet, size_t len, DhcpPacket *p, size_t *ret_options)
{
	size_t header, total;

	if (len < offsetof(DhcpPacket, options))
		return -EBADMSG;
	memcpy(&p->ip, packet, sizeof p->ip);
	header = p->ip.ihl * 4U;
	total = ntohs(p->ip.tot_len);
	if (p->ip.version != 4 || header < sizeof p->ip || total > len ||
		total > header + sizeof *p - sizeof p->ip ||
		total < header + offsetof(DhcpPacket, options) - sizeof p->ip ||
		p->ip.protocol != IPPROTO_UDP || dhcp_checksum(dhcp_sum(0, packet, header)) != 0)
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
	DhcpPacket p;
	int r = unwrap(packet, len, &p, &len);

	if (r < 0)
		return r;
	if (p.fixed.op != DHCP_OP_REPLY || p.fixed.hardware != DHCP_ETHERNET ||
		p.fixed.hardware_len != DHCP_MAC_LEN || p.fixed.magic != htonl(DHCP_MAGIC))
		return -EBADMSG;
	find_areas(&p, len, &areas);
	if (!find(&areas, DHCP_OPTION_TYPE, &b) || b.len != 1)
		return -EBADMSG;
	reply.type = (DhcpType)b.data[0];
	reply.xid = p.fixed.xid;
	memcpy(reply.mac, p.fixed.mac, DHCP_MAC_LEN);
	if (is_host(p.fixed.yours))
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
