/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the kernel says of interfaces, their addresses and routes, in the namespace of a routing
 * socket. */

#include "net/link.h"

typedef struct LinkState {
	char name[IFNAMSIZ];
	unsigned index;
	uint8_t mac[LINK_MAC_LEN]; /* all 0 for what has none */
	unsigned flags;            /* IFF_... */
	unsigned mtu;
	char alias[IFNAMSIZ]; /* "" when there is none, or a longer one */
	unsigned peer;        /* index of the other one of a pair, where that is; 0: none */
	int isolated;         /* 1, 0: a port of a bridge that is isolated or not; else -1 */
} LinkState;

/* The interface of this name or hardware address; -ENODEV when there is none. */
int link_state(int fd, const char *name, LinkState *ret);
int link_state_by_mac(int fd, const uint8_t mac[static LINK_MAC_LEN], LinkState *ret);

/* The index of the interface that the host's default route leaves by: that for IPv4 or, where there
 * is none, for IPv6; among several the one that is preferred. -ENOENT when there is none. */
int link_find_default(int fd, unsigned *ret_index);

/* Whether an interface has the address, with its network; and whether a route leads to a network by
 * the interface and, unless that is NULL, the gateway. 1, 0 or a negative errno. */
int link_has_address(int fd, unsigned index, const Address *address);
int link_has_route(int fd, unsigned index, const Address *destination, const Address *gateway);
