/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Messages of the Dynamic Host Configuration Protocol (RFC 2131), as whole IPv4 packets: made for
 * servers, and read with all suspicion. Nothing here is sent or received. */

#include "net/address.h"

#define DHCP_PACKET_MAX  1500
#define DHCP_CLIENT_PORT 68
#define DHCP_SERVER_PORT 67
#define DHCP_MAC_LEN     6

#define DHCP_ROUTES  64
#define DHCP_SERVERS 8
#define DHCP_DOMAINS 8
#define DHCP_NAME    256        /* room for a name and its NUL */
#define DHCP_FOREVER UINT32_MAX /* seconds of a lease that does not end */

typedef enum DhcpType {
	DHCP_DISCOVER = 1,
	DHCP_OFFER = 2,
	DHCP_REQUEST = 3,
	DHCP_ACK = 5,
	DHCP_NAK = 6,
	DHCP_RELEASE = 7,
} DhcpType;

/* Numbers of options (RFC 2132 and others). */
enum {
	DHCP_OPTION_PAD = 0,
	DHCP_OPTION_MASK = 1,
	DHCP_OPTION_ROUTERS = 3,
	DHCP_OPTION_DNS = 6,
	DHCP_OPTION_HOST_NAME = 12,
	DHCP_OPTION_DOMAIN = 15,
	DHCP_OPTION_STATIC_ROUTES = 33,
	DHCP_OPTION_ADDRESS = 50,
	DHCP_OPTION_LEASE = 51,
	DHCP_OPTION_OVERLOAD = 52,
	DHCP_OPTION_TYPE = 53,
	DHCP_OPTION_SERVER = 54,
	DHCP_OPTION_PARAMETERS = 55,
	DHCP_OPTION_MAX_SIZE = 57,
	DHCP_OPTION_RENEW = 58,
	DHCP_OPTION_REBIND = 59,
	DHCP_OPTION_CLIENT = 61,
	DHCP_OPTION_SEARCH = 119,
	DHCP_OPTION_CLASSLESS_ROUTES = 121,
	DHCP_OPTION_END = 255,
};

/* Addresses here are numbers in the byte order of the network; 0: none. */

typedef struct DhcpQuery {
	DhcpType type;
	uint32_t xid;     /* by which the answer is known */
	uint16_t seconds; /* since the first one of its kind */
	const uint8_t *mac;
	uint32_t own;           /* the address that the client has */
	uint32_t requested;     /* the one that it wants */
	uint32_t server;        /* whom it concerns, of several */
	uint32_t destination;   /* of the packet; 0: everybody */
	const uint8_t *options; /* others, as they are sent: numbers, lengths, bytes */
	size_t options_len;
} DhcpQuery;

typedef struct DhcpRoute {
	uint32_t network, gateway; /* gateway 0: reached directly */
	uint8_t prefix;
} DhcpRoute;

typedef struct DhcpReply {
	DhcpType type;
	uint32_t xid;
	uint8_t mac[DHCP_MAC_LEN];
	uint32_t address, server;
	int prefix;                    /* -1: not told */
	uint32_t lease, renew, rebind; /* in seconds; 0: not told */
	DhcpRoute routes[DHCP_ROUTES]; /* the default one among them */
	size_t n_routes;
	uint32_t gateway;
	uint32_t dns[DHCP_SERVERS];
	size_t n_dns;
	char domain[DHCP_NAME]; /* "" when not told */
	char search[DHCP_DOMAINS][DHCP_NAME];
	size_t n_search;
} DhcpReply;

/* Makes the packet. Returns its length, or 0 when the options do not fit. */
size_t dhcp_build(const DhcpQuery *query, uint8_t ret[static DHCP_PACKET_MAX]);

/* Reads a packet of len bytes, which may be longer than what it holds. Names that are none of DNS,
 * and an address that is loopback's, or of no single host, count as not told. 0, or -EBADMSG for
 * what is no answer of a DHCP server. */
int dhcp_parse(const uint8_t *packet, size_t len, DhcpReply *ret);

/* The address as that of an Address. */
Address dhcp_address(uint32_t number, unsigned prefix);
