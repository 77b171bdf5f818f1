/* SPDX-License-Identifier: Apache-2.0 */
#include "net/masquerade.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>
#include <stdio.h>
#include "net/nft.h"

#define CHAIN "masquerade"

typedef struct Family {
	int family;
	const char *map;
	const char *multicast; /* which is not for routers */
	uint32_t id;
} Family;

static const Family families[] = {
	{AF_INET, "masquerade4", "224.0.0.0/4", 1},
	{AF_INET6, "masquerade6", "ff00::/8", 2},
};

static const Family *family_of(const Address *a)
{
	return &families[a->family == AF_INET ? 0 : 1];
}

/* "masquerade 10.1.0.0/24", without a blank or a slash. */
static const char *chain_name(const Address *a, char buf[static NFT_CHAIN_MAXNAMELEN])
{
	Address first = address_first(a);
	char text[ADDRESS_TEXT];

	(void)snprintf(buf, NFT_CHAIN_MAXNAMELEN, "masquerade-%s-%u", address_text(&first, text),
		a->prefix);
	return buf;
}

static void add_return(NetlinkBatch *b, const char *chain, const Address *network)
{
	NftRule rule = nft_rule(b, chain);

	nft_match_network(&rule, NFT_DESTINATION, network);
	nft_return(&rule);
	nft_rule_end(&rule);
}

/* The chain of a network, with nothing else in it than these rules. */
static void add_network(NetlinkBatch *b, const Address *address, const char *chain)
{
	Address multicast;
	NftRule rule;

	nft_add_chain(b, chain);
	nft_flush_chain(b, chain);
	add_return(b, chain, address);
	if (address_parse_network(family_of(address)->multicast, &multicast) == 0)
		add_return(b, chain, &multicast);
	rule = nft_rule(b, chain);
	nft_masquerade(&rule);
	nft_rule_end(&rule);
}

static void add_table(NetlinkBatch *b)
{
	nft_add_table(b);
	nft_add_nat_chain(b, CHAIN, NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC);
	nft_flush_chain(b, CHAIN);
	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		const Family *f = &families[i];
		NftRule rule;

		nft_add_address_map(b, f->map, f->family, f->id);
		rule = nft_rule(b, CHAIN);
		nft_jump_by_map(&rule, NFT_SOURCE, f->family, f->map, f->id);
		nft_rule_end(&rule);
	}
}

int masquerade_add(const Address *address)
{
	const char *map = family_of(address)->map;
	char chain[NFT_CHAIN_MAXNAMELEN];
	NetlinkBatch b;
	int r;

	chain_name(address, chain);
	nft_begin(&b);
	nft_add_jump(&b, map, address, chain);
	r = nft_run(&b);
	/* The first of its network, perhaps the first of all; or the rules have been flushed. */
	if (r == -ENOENT) {
		nft_begin(&b);
		add_table(&b);
		add_network(&b, address, chain);
		nft_add_jump(&b, map, address, chain);
		r = nft_run(&b);
	}
	return r;
}

/* Fails with -EBUSY as long as a network's chain, or anything else, is in the table. */
static int remove_table(void)
{
	NetlinkBatch b;

	nft_begin(&b);
	nft_flush_chain(&b, CHAIN);
	for (size_t i = 0; i < ARRAY_LEN(families); i++)
		nft_delete_map(&b, families[i].map);
	nft_delete_chain(&b, CHAIN);
	nft_delete_table(&b);
	return nft_run(&b);
}

/* Each of the three steps is a transaction, and fails when somebody has just come who needs what it
 * would take away. */
int masquerade_remove(const Address *address)
{
	char chain[NFT_CHAIN_MAXNAMELEN];
	NetlinkBatch b;
	int r;

	nft_begin(&b);
	nft_delete_jump(&b, family_of(address)->map, address);
	r = nft_run(&b);
	if (r < 0 && r != -ENOENT)
		return r;
	nft_begin(&b);
	nft_delete_chain(&b, chain_name(address, chain));
	r = nft_run(&b);
	if (r == 0)
		r = remove_table();
	return r == -EBUSY || r == -ENOENT ? 0 : r;
}
