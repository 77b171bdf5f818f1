/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A DHCP client's conversations with servers, on one interface of one network namespace. */

#include "base/error.h"
#include "net/dhcp-message.h"

typedef struct DhcpClient {
	int fd;         /* a packet socket in the interface's namespace */
	unsigned index; /* of the interface */
	uint8_t mac[DHCP_MAC_LEN];
	const uint8_t *options; /* that each query has, see DhcpQuery; the first one is the client's
				   identifier */
	size_t options_len;
} DhcpClient;

/* An address that a server has given. */
typedef struct DhcpLease {
	uint32_t address, server;
	uint8_t server_mac[DHCP_MAC_LEN]; /* who its answers have come from: itself, or a relay */
	uint32_t lease, renew, rebind;    /* seconds from when it was given */
} DhcpLease;

/* Opens the socket, in the namespace of the caller: client->index, mac and options are set by it. 0
 * or a negative errno. */
int dhcp_client_open(DhcpClient *client);
void dhcp_client_done(DhcpClient *client);

/* Asks all servers for an address, for ten seconds, or twenty when offers come to nothing.
 * *ret_reply is what the server has told beside. 0, -EAGAIN when none has answered, or another
 * negative errno. */
int dhcp_client_obtain(DhcpClient *client, DhcpLease *ret, DhcpReply *ret_reply);

/* Asks for more time: the server that gave it, or any one, for ten seconds, or less where that are
 * not left. 0, -EAGAIN when none has answered, -EKEYREJECTED when the address must not be used any
 * more, or another negative errno. */
int dhcp_client_renew(DhcpClient *client, DhcpLease *lease, bool any, int64_t seconds);

/* Gives it back; nobody answers that. */
int dhcp_client_release(DhcpClient *client, const DhcpLease *lease);
