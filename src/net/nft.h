/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Transactions of nf_tables, in a table of family inet that is this project's own. The words are
 * those of nft(8). Everything between nft_begin() and nft_run() happens at once or not at all. */

#include "net/address.h"
#include "net/netlink.h"

#define NFT_TABLE   "rkt"
#define NFT_COMMENT 253 /* room for a comment and its NUL */

void nft_begin(NetlinkBatch *b);

/* Ends the transaction and has it done. 0 or a negative errno: -ENOENT for something that is named
 * and not there, -EEXIST for what is made and is there, -EBUSY for what is in use. */
int nft_run(NetlinkBatch *b);

/* Adding what is there already is fine; for rules see nft_rule(). A table is deleted only when
 * nothing is in it: -EBUSY. */
void nft_add_table(NetlinkBatch *b);
void nft_delete_table(NetlinkBatch *b);

/* A chain that rules jump to; or, with hook (NF_INET_...), a base chain of a type ("nat",
 * "filter"). */
void nft_add_chain(NetlinkBatch *b, const char *name);
void nft_add_base_chain(
	NetlinkBatch *b, const char *name, const char *type, uint32_t hook, int32_t priority);

/* Removes all rules of a chain. */
void nft_flush_chain(NetlinkBatch *b, const char *name);

/* With its rules, and only when it has none. Fail with -EBUSY while something jumps to it. */
void nft_delete_chain(NetlinkBatch *b, const char *name);
void nft_delete_empty_chain(NetlinkBatch *b, const char *name);

/* The types of what sets hold, by the kernel's numbers. */
typedef enum NftType {
	NFT_TYPE_NONE = 0,
	NFT_TYPE_IPV4 = 7,
	NFT_TYPE_IPV6 = 8,
	NFT_TYPE_PROTOCOL = 12,
	NFT_TYPE_PORT = 13,
} NftType;

#define NFT_FIELDS 3

/* A set; or a map, to values or to chains. */
typedef struct NftSet {
	const char *name;
	uint32_t id;               /* a number of its own among those of a transaction */
	NftType key[NFT_FIELDS];   /* what elements are made of; unused ones are NFT_TYPE_NONE */
	NftType value[NFT_FIELDS]; /* the same of a map's values */
	bool to_chains;            /* the values are chains */
	bool networks;             /* the first field of keys is a network */
} NftSet;

void nft_add_set(NetlinkBatch *b, const NftSet *set);

/* With all that is in it; -EBUSY while a rule looks it up. */
void nft_delete_set(NetlinkBatch *b, const NftSet *set);

/* One key or value: its fields in their order. */
typedef struct NftData {
	uint8_t bytes[16 * NFT_FIELDS];
	size_t len;
} NftData;

void nft_data_address(NftData *d, const Address *address);
void nft_data_protocol(NftData *d, uint8_t protocol);
void nft_data_port(NftData *d, uint16_t port);

typedef struct NftElement {
	NftData key, key_end; /* the end: of sets of networks, the last key that it stands for */
	NftData value;
	const char *chain; /* of maps to chains */
	const char
		*comment; /* of less than NFT_COMMENT bytes, see nft_read_comment(); NULL: none */
} NftElement;

/* Adding one that is there with the same value is fine, and leaves its comment, unless exclusively:
 * then, and with another value, it is -EEXIST. Deleting one that is not there is -ENOENT. */
void nft_add_element(
	NetlinkBatch *b, const NftSet *set, const NftElement *element, bool exclusively);
void nft_delete_element(NetlinkBatch *b, const NftSet *set, const NftElement *element);

/* Looks one up, in b, outside of any transaction. 0, -ENOENT when it is not there or has another
 * value, or another negative errno. */
int nft_check_element(NetlinkBatch *b, const NftSet *set, const NftElement *element);

/* A rule at a chain's end: what it is made of comes between the two. Nothing tells rules apart: a
 * chain that may be there is flushed first. */
typedef struct NftRule {
	NetlinkBatch *batch;
	size_t list;
	unsigned words; /* of 4 bytes, that are loaded one behind the other */
} NftRule;

NftRule nft_rule(NetlinkBatch *b, const char *chain);
void nft_rule_end(NftRule *rule);

typedef enum NftField {
	NFT_SOURCE,
	NFT_DESTINATION,
} NftField;

/* Conditions, which end a rule when they do not hold: the packet is of a family; an address of it
 * is in a network (of a family that was asked for before); it is for this host itself; its
 * connection has a new destination, or is one that was let through before. */
void nft_match_family(NftRule *rule, int family);
void nft_match_network(NftRule *rule, NftField field, const Address *network);
void nft_match_local(NftRule *rule);
void nft_match_dnat(NftRule *rule);
void nft_match_established(NftRule *rule);

/* The last two in a form that iptables knows. */
void nft_match_dnat_xt(NftRule *rule);
void nft_match_established_xt(NftRule *rule);

/* The interface that the packet has come by (NFT_SOURCE), or leaves by, is this one, or another
 * one. */
void nft_match_interface(NftRule *rule, NftField field, const char *name, bool other);

/* Load fields of a key, in the order of the set that is looked up then. */
void nft_load_address(NftRule *rule, NftField field, int family);
void nft_load_protocol(NftRule *rule);
void nft_load_port(NftRule *rule); /* the destination's */

/* Looks up what was loaded: in a map to chains, and goes there; in another map, and loads the
 * value; in a set. A rule ends when it is not found. */
void nft_lookup(NftRule *rule, const NftSet *set);

/* What happens to a packet. The address and port of the second one are those that were loaded. */
void nft_return(NftRule *rule);
void nft_accept(NftRule *rule);
void nft_drop(NftRule *rule);
void nft_jump(NftRule *rule, const char *chain);
void nft_dnat(NftRule *rule, int family);
void nft_masquerade(NftRule *rule);
