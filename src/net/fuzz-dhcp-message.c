/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dhcp-message.h"

#include <stdlib.h>

static void require(bool truth)
{
	if (!truth)
		abort();
}

/* What is told can be used as it is. */
static void check(const uint8_t *packet, size_t size)
{
	DhcpReply r;

	if (dhcp_parse(packet, size, &r) < 0)
		return;
	require(r.prefix >= -1 && r.prefix <= 32 && r.n_routes <= DHCP_ROUTES &&
		r.n_dns <= DHCP_SERVERS && r.n_search <= DHCP_DOMAINS);
	for (size_t i = 0; i < r.n_routes; i++)
		require(r.routes[i].prefix <= 32);
	for (size_t i = 0; i < r.n_search; i++)
		require(r.search[i][0] && !strpbrk(r.search[i], " \n#;"));
	require(!strpbrk(r.domain, " \n#;"));
}

/* As it has come; and with headers that get it past the first doors. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t udp[] = {0, DHCP_SERVER_PORT, 0, DHCP_CLIENT_PORT};
	static const uint8_t bootp[] = {2, 1, 6};
	uint8_t packet[DHCP_PACKET_MAX] = {0x45};
	size_t len = 268 + size;
	uint32_t sum = 0;

	check(data, size);
	if (len > sizeof packet)
		return 0;
	packet[2] = (uint8_t)(len >> 8);
	packet[3] = (uint8_t)len;
	packet[9] = 17;
	for (size_t i = 0; i < 20; i += 2)
		sum += (uint32_t)packet[i] << 8 | packet[i + 1];
	packet[10] = (uint8_t)(~sum >> 8);
	packet[11] = (uint8_t)~sum;
	memcpy(packet + 20, udp, sizeof udp);
	packet[24] = (uint8_t)((len - 20) >> 8);
	packet[25] = (uint8_t)(len - 20);
	memcpy(packet + 28, bootp, sizeof bootp);
	memcpy(packet + 264, "\x63\x82\x53\x63", 4);
	if (size > 0)
		memcpy(packet + 268, data, size);
	check(packet, len);
	/* The same bytes where options may be, too. */
	memcpy(packet + 72, packet + 268, size < 192 ? size : 192);
	check(packet, len);
	return 0;
}
