/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Addresses that are handed out, on disk as the plugin host-local of the CNI project keeps them: a
 * directory for each network holds a file for each address, called by it, with the container and
 * the interface that have it. Several programs may use it at once. */

#include "base/cleanup.h"
#include "net/address.h"

#define LEASE_DIRECTORY "/var/lib/cni/networks"

/* Addresses that may be handed out. */
typedef struct LeaseRange {
	Address network;
	Address first, last;
	Address gateway; /* is not handed out */
} LeaseRange;

/* Ranges of one family, the one after the other: a container gets one address of a set. */
typedef struct LeaseSet {
	const LeaseRange *ranges;
	size_t n;
	unsigned number; /* of the set in its network, from 0 */
} LeaseSet;

/* Who has an address. */
typedef struct LeaseOwner {
	const char *container, *interface;
} LeaseOwner;

/* A network's addresses, locked. */
typedef struct Leases {
	int dir, lock; /* -1: not open */
} Leases;

#define LEASES_INIT                                                                                \
	{                                                                                          \
		.dir = -1, .lock = -1                                                              \
	}

/* Opens a network's directory, made when missing, and waits for its lock. directory:
 * LEASE_DIRECTORY or what takes its place. 0 or a negative errno. */
int leases_open(Leases *ret, const char *directory, const char *network, Error *err);
void leases_done(Leases *l);

/* Hands out the address wanted or, if that is NULL, the next one behind the last that was handed
 * out, so that an address is not used again soon. ret_range is its range. 0, -EADDRINUSE when
 * wanted is not free or in no range, -EADDRNOTAVAIL when all are taken, or another negative
 * errno. */
int lease_take(const Leases *l, const LeaseSet *set, const LeaseOwner *owner, const Address *wanted,
	Address *ret, const LeaseRange **ret_range, Error *err);

/* What has to be done for an address before somebody else may get it. 0 or a negative errno, which
 * leaves it with its owner. */
typedef struct LeaseHook {
	int (*leaving)(const Address *address, void *userdata, Error *err);
	void *userdata;
} LeaseHook;

/* Takes back all that the owner has, and what a program that was killed has left without an owner.
 * Addresses that the hook sees have the prefix of one host. 0 or a negative errno. */
int lease_release(const Leases *l, const LeaseOwner *owner, const LeaseHook *hook, Error *err);

/* Takes back all that none of the owners has. */
int lease_release_others(
	const Leases *l, const LeaseOwner *owners, size_t n, const LeaseHook *hook, Error *err);

/* Whether the address is the owner's. */
bool lease_is_owned(const Leases *l, const Address *address, const LeaseOwner *owner);

#define _cleanup_leases_ _cleanup_(leases_done)
