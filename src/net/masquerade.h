/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Masquerading: what a pod sends to the world beyond its own network comes from the host's address.
 * All pods share one table: a map leads from a pod's address to the chain of its network. */

#include "net/address.h"

/* address: the pod's, with its network. The table and the network's chain are made when they are
 * not there. Repeating it is fine. 0 or a negative errno. */
int masquerade_add(const Address *address);

/* Takes the address out, and with the last one of all the table. Fine when it is not there. 0 or a
 * negative errno. */
int masquerade_remove(const Address *address);
