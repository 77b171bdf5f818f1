/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dhcp-message.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include "base/macro.h"

/* Where things are in a packet whose IP header is the shortest. */
enum {
	TOTAL = 2,
	HEADER_SUM = 10,
	UDP = 20,
	UDP_LENGTH = 24,
	BOOTP = 28,
	YOURS = BOOTP + 16,
	MAC = BOOTP + 28,
	SNAME = BOOTP + 44,
	FILE_NAME = BOOTP + 108,
	MAGIC = BOOTP + 236,
	OPTIONS = BOOTP + 240,
};

typedef struct Packet {
	uint8_t bytes[DHCP_PACKET_MAX];
	size_t len;
} Packet;

static void put16(Packet *p, size_t place, size_t value)
{
	p->bytes[place] = (uint8_t)(value >> 8);
	p->bytes[place + 1] = (uint8_t)value;
}

/* The sum of a header that is right is 0xffff. */
static void sign(Packet *p)
{
	uint32_t sum = 0;

	put16(p, HEADER_SUM, 0);
	for (size_t i = 0; i < UDP; i += 2)
		sum += (uint32_t)p->bytes[i] << 8 | p->bytes[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(p, HEADER_SUM, ~sum & 0xffff);
}

/* What a server says, with these options. */
static Packet reply(const char *options, size_t len)
{
	Packet p = {.bytes = {0x45}, .len = OPTIONS + len};

	p.bytes[9] = 17;
	put16(&p, TOTAL, p.len);
	put16(&p, UDP, DHCP_SERVER_PORT);
	put16(&p, UDP + 2, DHCP_CLIENT_PORT);
	put16(&p, UDP_LENGTH, p.len - UDP);
	p.bytes[BOOTP] = 2;
	p.bytes[BOOTP + 1] = 1;
	p.bytes[BOOTP + 2] = 6;
	memcpy(p.bytes + BOOTP + 4, "\1\2\3\4", 4);
	memcpy(p.bytes + YOURS, "\12\0\0\5", 4);
	memcpy(p.bytes + MAC, "\2\0\0\0\0\7", 6);
	memcpy(p.bytes + MAGIC, "\x63\x82\x53\x63", 4);
	memcpy(p.bytes + OPTIONS, options, len);
	sign(&p);
	return p;
}

#define REPLY(options) reply(options, sizeof(options) - 1)

static DhcpReply parsed(const Packet *p)
{
	DhcpReply r;

	assert_int_equal(dhcp_parse(p->bytes, p->len, &r), 0);
	return r;
}

static void assert_address(uint32_t number, const char *text)
{
	Address a = dhcp_address(number, 32);
	char buf[ADDRESS_TEXT];

	assert_string_equal(address_text(&a, buf), text);
}

#define ACK "\x35\1\5"

static void everything_that_is_told(void **state)
{
	Packet p = REPLY(ACK "\0\0\x36\4\12\0\0\1"     /* pad, server */
			     "\1\4\xff\xff\xff\0"      /* mask */
			     "\3\10\12\0\0\1\12\0\0\2" /* routers */
			     "\x33\4\0\0\16\20\x3a\4\0\0\0\12\x3b\4\0\0\0\24"
			     "\6\10\12\0\0\x35\12\0\0\x36\17\6a.test\xff");
	DhcpReply r = parsed(&p);

	assert_int_equal(r.type, DHCP_ACK);
	assert_memory_equal(&r.xid, "\1\2\3\4", 4);
	assert_memory_equal(r.mac, "\2\0\0\0\0\7", 6);
	assert_address(r.address, "10.0.0.5");
	assert_address(r.server, "10.0.0.1");
	assert_int_equal(r.prefix, 24);
	assert_int_equal(r.lease, 3600);
	assert_int_equal(r.renew, 10);
	assert_int_equal(r.rebind, 20);
	assert_int_equal(r.n_dns, 2);
	assert_address(r.dns[1], "10.0.0.54");
	assert_string_equal(r.domain, "a.test");
	assert_int_equal(r.n_routes, 1);
	assert_address(r.routes[0].gateway, "10.0.0.1");
	assert_int_equal(r.routes[0].prefix, 0);
}

static void classless_routes_are_all(void **state)
{
	Packet p = REPLY(ACK "\3\4\12\0\0\1\x21\10\12\1\0\0\12\0\0\1"
			     "\x79\21\0\12\0\0\1\26\12\2\4\12\0\0\2\40\1\2\3");
	DhcpReply r = parsed(&p);

	/* The last one is cut. */
	assert_int_equal(r.n_routes, 2);
	assert_int_equal(r.routes[1].prefix, 22);
	assert_address(r.routes[1].network, "10.2.4.0");
	assert_address(r.gateway, "10.0.0.1");
}

static void static_routes_have_classes(void **state)
{
	Packet p = REPLY(ACK "\x21\40\12\0\0\0\12\0\0\1\xac\20\0\0\12\0\0\1"
			     "\xc0\xa8\1\0\12\0\0\1\xc0\xa8\1\7\12\0\0\1");
	static const int prefixes[] = {8, 16, 24, 32};
	DhcpReply r = parsed(&p);

	assert_int_equal(r.n_routes, 4);
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		assert_int_equal(r.routes[i].prefix, prefixes[i]);
}

static void names_of_a_list(void **state)
{
	/* "a.b", "c.b" by a place in front, and one that leads to itself. */
	Packet p = REPLY(ACK "\x77\17\1a\1b\0\1c\xc0\2\1d\xc0\11\0\0");
	DhcpReply r = parsed(&p);

	assert_int_equal(r.n_search, 2);
	assert_string_equal(r.search[0], "a.b");
	assert_string_equal(r.search[1], "c.b");
}

static void names_are_letters(void **state)
{
	static const char *const bad[] = {ACK "\17\7a\nbadx\n", ACK "\17\4a b ", ACK "\17\4a\0bc",
		ACK "\17\1\0", ACK "\17\0"};
	static const size_t lens[] = {12, 9, 9, 6, 5};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		Packet p = reply(bad[i], lens[i]);

		assert_string_equal(parsed(&p).domain, "");
	}
}

static void options_in_pieces_and_elsewhere(void **state)
{
	Packet p = REPLY(ACK "\x34\1\3\6\4\12\0\0\1\6\4\12\0\0\2\xff");
	DhcpReply r;

	memcpy(p.bytes + FILE_NAME, "\6\4\12\0\0\3\xff", 7);
	memcpy(p.bytes + SNAME, "\17\3abc\6\4\12\0\0\4", 11);
	r = parsed(&p);
	assert_int_equal(r.n_dns, 4);
	assert_address(r.dns[2], "10.0.0.3");
	assert_address(r.dns[3], "10.0.0.4");
	assert_string_equal(r.domain, "abc");
}

static void options_that_go_too_far_end_the_list(void **state)
{
	Packet p = REPLY(ACK "\6\4\12\0\0\1\17\40abc");
	DhcpReply r = parsed(&p);

	assert_int_equal(r.n_dns, 1);
	assert_string_equal(r.domain, "");
	p = REPLY(ACK "\1\4\xff\0\xff\0");
	assert_int_equal(parsed(&p).prefix, -1);
	p = REPLY(ACK "\1\3\xff\0\xff\6");
	assert_int_equal(parsed(&p).prefix, -1);
}

static void what_is_no_answer(void **state)
{
	/* Bytes of a sound one that are changed, each alone. */
	static const struct {
		size_t place;
		uint8_t value;
		bool signed_again;
	} faults[] = {
		{0, 0x46, true},       /* an IP header that is longer */
		{0, 0x65, true},       /* another version */
		{0, 0x44, true},       /* one that is too short */
		{8, 1, false},         /* its checksum */
		{9, 6, true},          /* TCP */
		{TOTAL, 0x7f, true},   /* longer than what has come */
		{TOTAL + 1, 27, true}, /* too short for what has to be there */
		{UDP + 1, 1, true},    /* from elsewhere */
		{UDP + 3, 1, true},    /* to elsewhere */
		{UDP_LENGTH, 0x7f, true},
		{UDP_LENGTH + 1, 0, true},
		{BOOTP, 1, true}, /* a question */
		{BOOTP + 1, 6, true},
		{BOOTP + 2, 16, true},
		{MAGIC, 0, true},
		{OPTIONS, 12, true}, /* it has no type */
		{OPTIONS + 1, 2, true},
	};
	Packet sound = REPLY(ACK "\xff");
	DhcpReply r;

	(void)parsed(&sound);
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		Packet p = sound;

		p.bytes[faults[i].place] = faults[i].value;
		if (faults[i].signed_again)
			sign(&p);
		assert_int_equal(dhcp_parse(p.bytes, p.len, &r), -EBADMSG);
	}
	for (size_t len = 0; len < sound.len; len++)
		assert_int_equal(dhcp_parse(sound.bytes, len, &r), -EBADMSG);
}

/* One that leads a forwarded port to the host itself, for example. */
static void addresses_of_no_host(void **state)
{
	static const struct {
		const char *text;
		bool host;
	} cases[] = {{"0.0.0.1", false}, {"1.0.0.0", true}, {"126.0.0.1", true},
		{"127.0.0.1", false}, {"127.255.0.9", false}, {"128.0.0.1", true},
		{"223.255.255.254", true}, {"224.0.0.1", false}, {"255.255.255.255", false}};
	Packet p = REPLY(ACK);

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_int_equal(inet_pton(AF_INET, cases[i].text, p.bytes + YOURS), 1);
		assert_address(parsed(&p).address, cases[i].host ? cases[i].text : "0.0.0.0");
	}
}

static void queries_are_whole_packets(void **state)
{
	const uint8_t mac[] = {2, 0, 0, 0, 0, 7};
	DhcpQuery query = {.type = DHCP_REQUEST,
		.xid = htonl(0x01020304),
		.mac = mac,
		.requested = htonl(0x0a000005),
		.options = (const uint8_t *)"\x3d\2\0a",
		.options_len = 4};
	Packet p;
	uint8_t big[DHCP_PACKET_MAX] = {0};

	p.len = dhcp_build(&query, p.bytes);
	assert_true(p.len >= 300 + 28);
	assert_memory_equal(
		p.bytes + OPTIONS, "\x35\1\3\x32\4\12\0\0\5\x39\2\5\xdc\x3d\2\0a\xff", 18);
	assert_memory_equal(p.bytes + 16, "\xff\xff\xff\xff", 4);
	/* Had a server said the same, it would be read: the packet is sound. */
	put16(&p, UDP, DHCP_SERVER_PORT);
	put16(&p, UDP + 2, DHCP_CLIENT_PORT);
	p.bytes[BOOTP] = 2;
	assert_int_equal(parsed(&p).type, DHCP_REQUEST);
	query.options = big;
	query.options_len = sizeof big;
	assert_int_equal(dhcp_build(&query, p.bytes), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_that_is_told),
		cmocka_unit_test(classless_routes_are_all),
		cmocka_unit_test(static_routes_have_classes),
		cmocka_unit_test(names_of_a_list),
		cmocka_unit_test(names_are_letters),
		cmocka_unit_test(options_in_pieces_and_elsewhere),
		cmocka_unit_test(options_that_go_too_far_end_the_list),
		cmocka_unit_test(what_is_no_answer),
		cmocka_unit_test(addresses_of_no_host),
		cmocka_unit_test(queries_are_whole_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
