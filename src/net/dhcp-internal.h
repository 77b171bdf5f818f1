/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The packets of DHCP as they are on the wire, for those who make and read them. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include "net/dhcp-message.h"

#define DHCP_MAGIC 0x63825363U

enum {
	DHCP_OP_REQUEST = 1,
	DHCP_OP_REPLY = 2,
	DHCP_ETHERNET = 1,
};

/* Everything is at its natural place. */
typedef struct DhcpFixed {
	uint8_t op, hardware, hardware_len, hops;
	uint32_t xid;
	uint16_t seconds, flags;
	uint32_t client, yours, next_server, relay;
	uint8_t mac[16], sname[64], file[128];
	uint32_t magic;
} DhcpFixed;

typedef struct DhcpPacket {
	struct iphdr ip;
	struct udphdr udp;
	DhcpFixed fixed;
	uint8_t options[DHCP_PACKET_MAX - sizeof(struct iphdr) - sizeof(struct udphdr) -
			sizeof(DhcpFixed)];
} DhcpPacket;

_Static_assert(
	sizeof(DhcpFixed) == 240 && sizeof(DhcpPacket) == DHCP_PACKET_MAX, "there are no gaps");

/* The sum of words of the network's byte order that checksums are made of, added to another one;
 * and the checksum. */
static inline uint32_t dhcp_sum(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	return len % 2 ? sum + ((uint32_t)bytes[len - 1] << 8) : sum;
}

static inline uint16_t dhcp_checksum(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}
