/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Masquerading: what a pod sends to the world beyond its own network comes from the host's address.
 * All pods share one table: a map leads from a pod's address to the chain of its network. */

#include "net/address.h"
#include "net/owner.h"

/* address: the pod's, with its network. owner: see owner.h; it has the address from now on, whoever
 * had it before. The table and the network's chain are made when they are not there. Repeating it
 * is fine. 0 or a negative errno. */
int masquerade_add(const Address *address, const char *owner);

/* Takes the address out if its owner is chosen, and with the last one of
 * all the table. Fine when it is not there, or somebody else's. 0 or a negative errno. */
int masquerade_remove(const Address *address, OwnerChoice *chosen, void *userdata);
