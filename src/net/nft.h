/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Transactions of nf_tables, in a table of family inet that is this project's own. The words are
 * those of nft(8). Everything between nft_begin() and nft_run() happens at once or not at all. */

#include "net/address.h"
#include "net/netlink.h"

#define NFT_TABLE "rkt"

void nft_begin(NetlinkBatch *b);

/* Ends the transaction and has it done. 0 or a negative errno: -ENOENT for something that is named
 * and not there, -EEXIST for what is made and is there, -EBUSY for what is in use. */
int nft_run(NetlinkBatch *b);

/* Adding what is there already is fine; for rules see nft_rule(). A table is deleted only when
 * nothing is in it: -EBUSY. */
void nft_add_table(NetlinkBatch *b);
void nft_delete_table(NetlinkBatch *b);

/* A chain that rules jump to; or, with hook (NF_INET_...), a base chain of type nat. */
void nft_add_chain(NetlinkBatch *b, const char *name);
void nft_add_nat_chain(NetlinkBatch *b, const char *name, uint32_t hook, int32_t priority);

/* Removes all rules of a chain. */
void nft_flush_chain(NetlinkBatch *b, const char *name);

/* Fails with -EBUSY while something jumps to it. */
void nft_delete_chain(NetlinkBatch *b, const char *name);

/* A map from addresses to chains. id: any number, the same for rules of this transaction that look
 * it up. */
void nft_add_address_map(NetlinkBatch *b, const char *name, int family, uint32_t id);

/* With all that is in it; -EBUSY while a rule looks it up. */
void nft_delete_map(NetlinkBatch *b, const char *name);

/* "add element TABLE MAP { ADDRESS : jump CHAIN }", and "delete element". Adding one that is there
 * with the same chain is fine. */
void nft_add_jump(NetlinkBatch *b, const char *map, const Address *address, const char *chain);
void nft_delete_jump(NetlinkBatch *b, const char *map, const Address *address);

/* A rule at a chain's end: what it is made of comes between the two, each part as one statement of
 * nft(8). Nothing tells rules apart: a chain that may be there is flushed first. */
typedef struct NftRule {
	NetlinkBatch *batch;
	size_t list;
} NftRule;

NftRule nft_rule(NetlinkBatch *b, const char *chain);
void nft_rule_end(NftRule *rule);

typedef enum NftField {
	NFT_SOURCE,
	NFT_DESTINATION,
} NftField;

void nft_match_network(NftRule *rule, NftField field, const Address *network);
void nft_jump_by_map(
	NftRule *rule, NftField field, int family, const char *map, uint32_t id);
void nft_return(NftRule *rule);
void nft_masquerade(NftRule *rule);
