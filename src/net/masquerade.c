/* SPDX-License-Identifier: Apache-2.0 */
#include "net/masquerade.h"

#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include "net/table.h"

/* The chain of an address's network. */
static const char *chain_name(const Address *a, char buf[static NFT_CHAIN_MAXNAMELEN])
{
	Address first = address_first(a);
	char text[ADDRESS_TEXT];

	(void)snprintf(buf, NFT_CHAIN_MAXNAMELEN, "masquerade-%s-%u", address_text(&first, text),
		a->prefix);
	return buf;
}

static NftElement element_of(const Address *address, const char *chain)
{
	NftElement e = {.chain = chain};

	nft_data_address(&e.key, address);
	return e;
}

static void add_return(NetlinkBatch *b, const char *chain, const Address *network)
{
	NftRule rule = nft_rule(b, chain);

	nft_match_family(&rule, network->family);
	nft_match_network(&rule, NFT_DESTINATION, network);
	nft_return(&rule);
	nft_rule_end(&rule);
}

/* The chain of a network, with nothing else in it than these rules. */
static void add_network(NetlinkBatch *b, const Address *address, const char *chain)
{
	static const Address multicast4 = {.family = AF_INET, .bytes = {224}, .prefix = 4};
	static const Address multicast6 = {.family = AF_INET6, .bytes = {0xff}, .prefix = 8};
	NftRule rule;

	nft_add_chain(b, chain);
	nft_flush_chain(b, chain);
	add_return(b, chain, address);
	add_return(b, chain, address->family == AF_INET ? &multicast4 : &multicast6);
	rule = nft_rule(b, chain);
	nft_masquerade(&rule);
	nft_rule_end(&rule);
}

static void add_address(NetlinkBatch *b, const Address *address)
{
	char chain[NFT_CHAIN_MAXNAMELEN];
	NftElement e = element_of(address, chain_name(address, chain));

	nft_add_element(b, &table_family(address->family)->masquerade, &e, false);
}

/* The first of its network brings that along. */
static void add_first_address(NetlinkBatch *b, void *what)
{
	const Address *address = what;
	char chain[NFT_CHAIN_MAXNAMELEN];

	add_network(b, address, chain_name(address, chain));
	add_address(b, address);
}

int masquerade_add(const Address *address)
{
	Address copy = *address;
	NetlinkBatch b;
	int r;

	nft_begin(&b);
	add_address(&b, address);
	r = nft_run(&b);
	return r == -ENOENT ? table_run(&b, add_first_address, &copy) : r;
}

int masquerade_remove(const Address *address)
{
	char chain[NFT_CHAIN_MAXNAMELEN];
	NftElement e = element_of(address, NULL);
	NetlinkBatch b;
	int r;

	nft_begin(&b);
	nft_delete_element(&b, &table_family(address->family)->masquerade, &e);
	r = nft_run(&b);
	if (r < 0 && r != -ENOENT)
		return r;
	return table_drop_chain(chain_name(address, chain));
}
