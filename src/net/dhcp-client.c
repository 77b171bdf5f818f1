/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dhcp-client.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include "base/cleanup.h"

/* How long each of the tries waits for an answer, in milliseconds: the first ones may be lost while
 * the interface is coming up. */
static const int patience[] = {300, 700, 1500, 2500, 5000};

/* Lets pass what is UDP, not a later fragment, and for the port. */
static struct sock_filter passes[] = {
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 6),
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 4, 0),
	BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
	BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DHCP_CLIENT_PORT, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

int dhcp_client_open(DhcpClient *client)
{
	const struct sock_fprog filter = {.len = ARRAY_LEN(passes), .filter = passes};
	const struct sockaddr_ll address = {.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = (int)client->index};
	/* It hears nothing before it is bound, and then only what the filter passes. */
	_cleanup_close_ int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0 ||
		bind(fd, (const struct sockaddr *)&address, sizeof address) < 0)
		return -errno;
	client->fd = TAKE_FD(fd);
	return 0;
}

void dhcp_client_done(DhcpClient *client)
{
	client->fd = fd_close(client->fd);
}

static int64_t now_ms(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* To one machine of the network, or with mac NULL to all. */
static int send_query(const DhcpClient *client, const DhcpQuery *query, const uint8_t *mac)
{
	uint8_t packet[DHCP_PACKET_MAX];
	size_t len = dhcp_build(query, packet);
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_IP),
		.sll_ifindex = (int)client->index,
		.sll_halen = DHCP_MAC_LEN,
	};

	if (len == 0)
		return -EMSGSIZE;
	memset(to.sll_addr, 0xff, DHCP_MAC_LEN);
	if (mac)
		memcpy(to.sll_addr, mac, DHCP_MAC_LEN);
	if (sendto(client->fd, packet, len, 0, (const struct sockaddr *)&to, sizeof to) < 0)
		return -errno;
	return 0;
}

/* The next packet that answers the query, until end: 0, or -EAGAIN when there is none. */
static int receive(const DhcpClient *client, const DhcpQuery *query, int64_t end, DhcpReply *ret,
	uint8_t mac[static DHCP_MAC_LEN])
{
	for (;;) {
		struct pollfd p = {.fd = client->fd, .events = POLLIN};
		int64_t left = end - now_ms();
		uint8_t packet[DHCP_PACKET_MAX];
		struct sockaddr_ll from;
		socklen_t from_len = sizeof from;
		ssize_t n;
		int r = left > 0 ? poll(&p, 1, (int)left) : 0;

		if (r == 0)
			return -EAGAIN;
		if (r < 0 && errno != EINTR)
			return -errno;
		n = r < 0 ? -1
			  : recvfrom(client->fd, packet, sizeof packet, MSG_DONTWAIT,
				    (struct sockaddr *)&from, &from_len);
		if (n < 0 && r > 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (n < 0 || dhcp_parse(packet, (size_t)n, ret) < 0 || ret->xid != query->xid ||
			memcmp(ret->mac, client->mac, DHCP_MAC_LEN) != 0)
			continue;
		memcpy(mac, from.sll_addr, DHCP_MAC_LEN);
		return 0;
	}
}

static DhcpQuery new_query(const DhcpClient *client, DhcpType type)
{
	DhcpQuery query = {.type = type,
		.mac = client->mac,
		.options = client->options,
		.options_len = client->options_len};

	if (getrandom(&query.xid, sizeof query.xid, 0) != sizeof query.xid)
		query.xid = (uint32_t)now_ms();
	return query;
}

/* An offer that can be taken. */
static bool is_offer(const DhcpReply *reply)
{
	return reply->type == DHCP_OFFER && reply->address != 0 && reply->server != 0;
}

/* Also one that answers an earlier try: servers look for a moment whether an address is free. */
static int discover(const DhcpClient *client, const DhcpQuery *query, int wait_ms, DhcpReply *ret)
{
	int64_t end = now_ms() + wait_ms;
	uint8_t mac[DHCP_MAC_LEN];
	int r = send_query(client, query, NULL);

	while (r == 0) {
		r = receive(client, query, end, ret, mac);
		if (r == 0 && is_offer(ret))
			return 0;
	}
	/* It is still coming up. */
	if (r == -ENETDOWN) {
		(void)poll(NULL, 0, wait_ms);
		return -EAGAIN;
	}
	return r;
}

/* The times that a server leaves out are shares of the lease; what does not fit is as if left out.
 */
static void set_times(DhcpLease *lease, const DhcpReply *reply)
{
	lease->lease = reply->lease;
	lease->renew = reply->renew;
	lease->rebind = reply->rebind;
	if (lease->rebind == 0 || lease->rebind > lease->lease)
		lease->rebind = (uint32_t)((uint64_t)lease->lease * 7 / 8);
	if (lease->renew == 0 || lease->renew > lease->rebind)
		lease->renew = MIN(lease->lease / 2, lease->rebind);
}

/* Waits for the word on an address: 0, -EKEYREJECTED when it is no, -EAGAIN when there is none. */
static int hear(const DhcpClient *client, const DhcpQuery *query, int wait_ms, uint32_t address,
	DhcpLease *lease, DhcpReply *ret)
{
	int64_t end = now_ms() + wait_ms;
	uint8_t mac[DHCP_MAC_LEN];

	for (;;) {
		int r = receive(client, query, end, ret, mac);

		if (r < 0)
			return r;
		/* Another server that was not asked has nothing to refuse. */
		if (query->server != 0 && ret->server != query->server)
			continue;
		if (ret->type == DHCP_NAK)
			return -EKEYREJECTED;
		if (ret->type != DHCP_ACK || ret->address != address || ret->lease == 0)
			continue;
		lease->address = address;
		if (ret->server != 0)
			lease->server = ret->server;
		memcpy(lease->server_mac, mac, sizeof mac);
		set_times(lease, ret);
		return 0;
	}
}

/* The query becomes the one for what is offered. */
static int take_offer(const DhcpClient *client, const DhcpReply *offer, int wait_ms,
	DhcpQuery *query, DhcpLease *ret, DhcpReply *ret_reply)
{
	DhcpLease lease = {.server = offer->server};
	int r;

	query->type = DHCP_REQUEST;
	query->requested = offer->address;
	query->server = offer->server;
	r = send_query(client, query, NULL);
	if (r == 0)
		r = hear(client, query, wait_ms, offer->address, &lease, ret_reply);
	if (r == 0)
		*ret = lease;
	return r;
}

int dhcp_client_obtain(DhcpClient *client, DhcpLease *ret, DhcpReply *ret_reply)
{
	const DhcpQuery first = new_query(client, DHCP_DISCOVER);
	int64_t begin = now_ms();
	int r = -EAGAIN;

	for (size_t i = 0; i < ARRAY_LEN(patience) && r == -EAGAIN; i++) {
		DhcpQuery query = first;
		DhcpReply offer;

		query.seconds = (uint16_t)((now_ms() - begin) / 1000);
		r = discover(client, &query, patience[i], &offer);
		if (r == 0)
			r = take_offer(client, &offer, patience[i], &query, ret, ret_reply);
		/* Somebody else was faster. */
		if (r == -EKEYREJECTED)
			r = -EAGAIN;
	}
	return r;
}

int dhcp_client_renew(DhcpClient *client, DhcpLease *lease, bool any, int64_t seconds)
{
	DhcpQuery query = new_query(client, DHCP_REQUEST);
	int64_t end = now_ms() + seconds * 1000;
	DhcpReply reply;
	int r = -EAGAIN;

	query.own = lease->address;
	if (!any)
		query.destination = lease->server;
	for (size_t i = 0; i < ARRAY_LEN(patience) && r == -EAGAIN && now_ms() < end; i++) {
		r = send_query(client, &query, any ? NULL : lease->server_mac);
		if (r == 0)
			r = hear(client, &query, (int)MIN(patience[i], end - now_ms()),
				lease->address, lease, &reply);
	}
	return r;
}

int dhcp_client_release(DhcpClient *client, const DhcpLease *lease)
{
	DhcpQuery query = new_query(client, DHCP_RELEASE);

	query.own = lease->address;
	query.server = lease->server;
	query.destination = lease->server;
	/* The first one says who it is, and there is nothing else to ask for. */
	if (query.options_len >= 2)
		query.options_len = MIN(query.options_len, 2U + query.options[1]);
	return send_query(client, &query, lease->server_mac);
}
