/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Interfaces, their addresses and routes (rtnetlink(7)): functions that add one message to a batch.
 * All that is sent in one batch happens in the network namespace that its socket was opened in. */

#include <net/if.h>
#include "net/address.h"
#include "net/netlink.h"

#define LINK_MAC_LEN  6
#define LINK_MAC_TEXT 18

/* One end of a pair that is being made. */
typedef struct VethEnd {
	const char *name;
	int namespace;   /* a descriptor of the namespace that it is in; -1: the batch's */
	unsigned master; /* index of the bridge that it is a port of; 0: none */
} VethEnd;

/* Makes a pair; the peer is down. mtu 0: the kernel's. -EEXIST for a name that is taken. */
void link_add_veth(NetlinkBatch *b, const VethEnd *end, const VethEnd *peer, unsigned mtu);

/* Makes an interface of a kind that needs no more to be told, up: "bridge", or "ifb" for
 * shaper_redirect(). mtu and -EEXIST as above; -EOPNOTSUPP where the kernel has none of them. */
void link_add(NetlinkBatch *b, const char *kind, const char *name, unsigned mtu);

/* An interface that shares another one. */
typedef struct SharedLink {
	const char *kind; /* "macvlan", "ipvlan" */
	const char *name;
	unsigned master;    /* index of the one that is shared, in the batch's namespace */
	int namespace;      /* a descriptor of the namespace that it is in */
	unsigned mode;      /* MACVLAN_MODE_..., IPVLAN_MODE_... */
	unsigned mtu;       /* 0: the master's */
	const uint8_t *mac; /* NULL: of the kernel's choice */
} SharedLink;

/* Makes one, down. -EOPNOTSUPP for a kind that the kernel does not have. */
void link_add_shared(NetlinkBatch *b, const SharedLink *link);

/* Lets a port of a bridge, which its master makes it, send back what came from it. */
void link_set_hairpin(NetlinkBatch *b, unsigned index);

/* Keeps a port of a bridge from all others that are isolated. -EOPNOTSUPP for what is no port. */
void link_set_isolated(NetlinkBatch *b, unsigned index);

void link_set_up(NetlinkBatch *b, unsigned index);

/* Sets those of an interface's flags (IFF_...) that mask has. */
void link_set_flags(NetlinkBatch *b, unsigned index, unsigned flags, unsigned mask);

/* Moves an interface, which goes down, into the namespace that a descriptor is open on, and gives
 * it a name and an alias there. */
void link_move(NetlinkBatch *b, unsigned index, int namespace, const char *name, const char *alias);

void link_delete(NetlinkBatch *b, unsigned index);

/* Gives an interface an address. connected: its network is reached directly, otherwise only by
 * routes that are added. */
void link_add_address(NetlinkBatch *b, unsigned index, const Address *address, bool connected);

/* -EADDRNOTAVAIL when the interface does not have it. */
void link_delete_address(NetlinkBatch *b, unsigned index, const Address *address);

typedef struct Route {
	Address destination;
	const Address *gateway; /* NULL: directly */
	const Address *source;  /* NULL: the kernel chooses */
	unsigned index;         /* of the interface */
	uint8_t scope;          /* RT_SCOPE_... */
} Route;

void link_add_route(NetlinkBatch *b, const Route *route);

/* "02:42:ac:10:1c:02". Returns buf. */
const char *link_mac_text(const uint8_t mac[static LINK_MAC_LEN], char buf[static LINK_MAC_TEXT]);

/* 0 or -EINVAL. */
int link_mac_parse(const char *text, uint8_t ret[static LINK_MAC_LEN]);

/* The index of an interface in the socket's namespace; -ENODEV when there is none of this name, or
 * another negative errno. ret_mac may be NULL. */
int link_find(int fd, const char *name, unsigned *ret_index, uint8_t *ret_mac);
