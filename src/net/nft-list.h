/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What there is: chains and rules of all tables, also those of others, and what is in our sets.
 * Rules and elements may have a comment, which says whose they are. */

#include "net/nft.h"

#define NFT_NAME 256 /* room for a name and its NUL */

/* A chain. */
typedef struct NftPlace {
	uint8_t family; /* NFPROTO_... */
	char table[NFT_NAME], chain[NFT_NAME];
} NftPlace;

/* One that the kernel sends packets to. */
typedef struct NftBaseChain {
	NftPlace place;
	uint32_t hook; /* NF_INET_... */
	bool filter;   /* of that type */
	bool drops;    /* what none of its rules decides about */
} NftBaseChain;

/* Calls found for each base chain of all tables, until that returns something else than 0. Result:
 * that, 0, or a negative errno: -EAGAIN when somebody has changed them meanwhile. */
int nft_list_base_chains(int (*found)(const NftBaseChain *chain, void *userdata), void *userdata);

/* The same for the rules of a chain that have a comment. 0 also when there is no such chain. */
int nft_list_rules(const NftPlace *place,
	int (*found)(uint64_t handle, const char *comment, void *userdata), void *userdata);

/* The same for the keys of a set of NFT_TABLE. 0 also when there is no such set. */
int nft_list_keys(
	const NftSet *set, int (*found)(const NftData *key, void *userdata), void *userdata);

/* The comment of an element, "" when it has none. 0, -ENOENT when there is no such element, or
 * another negative errno. */
int nft_read_comment(const NftSet *set, const NftElement *element, char ret[static NFT_COMMENT]);

/* A rule at a chain's beginning, with a comment of less than NFT_COMMENT bytes; what it is made of
 * comes between this and nft_rule_end(). */
NftRule nft_insert_rule(NetlinkBatch *b, const NftPlace *place, const char *comment);

void nft_delete_rule(NetlinkBatch *b, const NftPlace *place, uint64_t handle);
