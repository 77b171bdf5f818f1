/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What rkt has in nf_tables: one table for all pods. Its rules never change; what they do is in
 * maps that pods add themselves to. Each network that is masqueraded, and each pod with forwarded
 * ports, has a chain of its own there as well, so that the table stays as long as anybody needs it.
 */

#include "net/nft.h"

/* The sets of one family of addresses. */
typedef struct TableFamily {
	int family;
	NftSet masquerade; /* from a pod's address to the chain of its network */
	NftSet ports;      /* from a protocol and a port of the host to a pod's address and port */
	NftSet address_ports; /* the same for one of the host's addresses */
	NftSet hairpins; /* from where, and which pod, a forwarded connection comes back to where
			    it has come from */
} TableFamily;

const TableFamily *table_family(int family);

/* Adds the table with all rules to a transaction; what is there stays. */
void table_add(NetlinkBatch *b);

/* Runs, in b, the transaction that adder fills; and once more, behind table_add(), when something
 * that it names is not there: the first one of all comes, or the rules have been flushed. 0 or a
 * negative errno. */
int table_run(NetlinkBatch *b, void (*adder)(NetlinkBatch *b, void *what), void *what);

/* Deletes the table if no chain of a network or pod is in it. Fine when there is, or no table. 0 or
 * a negative errno. */
int table_drop(void);

/* Deletes a chain, and the table if that was the last one. Fine when it is in use by others or not
 * there. 0 or a negative errno. */
int table_drop_chain(const char *chain);
