/* SPDX-License-Identifier: Apache-2.0 */
#include "net/masquerade.h"

#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include "net/nft-list.h"
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

static const NftSet *set_of(const Address *address)
{
	return &table_family(address->family)->masquerade;
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

/* An address and whose it is. */
typedef struct Masqueraded {
	const Address *address;
	const char *owner;
} Masqueraded;

static void add_address(NetlinkBatch *b, const Masqueraded *m, bool exclusively)
{
	char chain[NFT_CHAIN_MAXNAMELEN];
	NftElement e = element_of(m->address, chain_name(m->address, chain));

	e.comment = m->owner;
	nft_add_element(b, set_of(m->address), &e, exclusively);
}

/* The first of its network brings that along. */
static void add_first_address(NetlinkBatch *b, void *what)
{
	const Masqueraded *m = what;
	char chain[NFT_CHAIN_MAXNAMELEN];

	add_network(b, m->address, chain_name(m->address, chain));
	add_address(b, m, false);
}

/* What is there may be left of one that had the address before. */
static int replace_owner(NetlinkBatch *b, const Masqueraded *m)
{
	NftElement e = element_of(m->address, NULL);
	char owner[NFT_COMMENT];

	if (nft_read_comment(set_of(m->address), &e, owner) == 0 && streq(owner, m->owner))
		return 0;
	nft_begin(b);
	nft_delete_element(b, set_of(m->address), &e);
	add_address(b, m, true);
	return nft_run(b);
}

int masquerade_add(const Address *address, const char *owner)
{
	Masqueraded m = {address, owner};
	NetlinkBatch b;
	int r;

	nft_begin(&b);
	add_address(&b, &m, true);
	r = nft_run(&b);
	if (r == -EEXIST)
		r = replace_owner(&b, &m);
	return r == -ENOENT ? table_run(&b, add_first_address, &m) : r;
}

/* Who has taken an address out may have been killed before its chain. */
int masquerade_remove(const Address *address, OwnerChoice *chosen, void *userdata)
{
	char chain[NFT_CHAIN_MAXNAMELEN], owner[NFT_COMMENT];
	NftElement e = element_of(address, NULL);
	NetlinkBatch b;
	int r = nft_read_comment(set_of(address), &e, owner);

	if (r == 0 && !chosen(owner, userdata))
		return 0;
	if (r == 0) {
		nft_begin(&b);
		nft_delete_element(&b, set_of(address), &e);
		r = nft_run(&b);
	}
	if (r < 0 && r != -ENOENT)
		return r;
	return table_drop_chain(chain_name(address, chain));
}
