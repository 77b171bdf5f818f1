/* SPDX-License-Identifier: Apache-2.0 */
#include "net/nft.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include "base/cleanup.h"
#include "base/fd.h"

/* As nft(8) writes the types of sets down, for those who list them. */
enum {
	TYPE_IPV4_ADDRESS = 7,
	TYPE_IPV6_ADDRESS = 8,
};

/* The registers that a rule loads what it looks at into. */
#define REGISTER NFT_REG_1

static void message(NetlinkBatch *b, uint16_t type, uint16_t flags)
{
	struct nfgenmsg header = {.nfgen_family = NFPROTO_INET, .version = NFNETLINK_V0};

	netlink_message(b, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), flags, &header,
		sizeof header);
}

/* Both ends of a transaction say whose it is. */
static void border(NetlinkBatch *b, uint16_t type)
{
	struct nfgenmsg header = {
		.version = NFNETLINK_V0, .res_id = htons(NFNL_SUBSYS_NFTABLES)};

	netlink_message(b, type, 0, &header, sizeof header);
}

void nft_begin(NetlinkBatch *b)
{
	*b = (NetlinkBatch){.transaction = true};
	border(b, NFNL_MSG_BATCH_BEGIN);
}

int nft_run(NetlinkBatch *b)
{
	_cleanup_close_ int fd = netlink_open(NETLINK_NETFILTER);
	size_t asked = b->asked;

	if (fd < 0)
		return fd;
	border(b, NFNL_MSG_BATCH_END);
	/* The end itself is not answered. */
	b->asked = asked;
	return netlink_run(fd, b);
}

void nft_add_table(NetlinkBatch *b)
{
	message(b, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	netlink_put_text(b, NFTA_TABLE_NAME, NFT_TABLE);
}

void nft_delete_table(NetlinkBatch *b)
{
	message(b, NFT_MSG_DELTABLE, NLM_F_NONREC);
	netlink_put_text(b, NFTA_TABLE_NAME, NFT_TABLE);
}

static void chain_message(NetlinkBatch *b, uint16_t type, uint16_t flags, const char *name)
{
	message(b, type, flags);
	netlink_put_text(b, NFTA_CHAIN_TABLE, NFT_TABLE);
	netlink_put_text(b, NFTA_CHAIN_NAME, name);
}

void nft_add_chain(NetlinkBatch *b, const char *name)
{
	chain_message(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE, name);
}

void nft_add_nat_chain(NetlinkBatch *b, const char *name, uint32_t hook, int32_t priority)
{
	size_t nest;

	chain_message(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE, name);
	netlink_put_text(b, NFTA_CHAIN_TYPE, "nat");
	nest = netlink_nest(b, NFTA_CHAIN_HOOK);
	netlink_put_be32(b, NFTA_HOOK_HOOKNUM, hook);
	netlink_put_be32(b, NFTA_HOOK_PRIORITY, (uint32_t)priority);
	netlink_nest_end(b, nest);
}

void nft_delete_chain(NetlinkBatch *b, const char *name)
{
	chain_message(b, NFT_MSG_DELCHAIN, 0, name);
}

void nft_flush_chain(NetlinkBatch *b, const char *name)
{
	message(b, NFT_MSG_DELRULE, 0);
	netlink_put_text(b, NFTA_RULE_TABLE, NFT_TABLE);
	netlink_put_text(b, NFTA_RULE_CHAIN, name);
}

void nft_add_address_map(NetlinkBatch *b, const char *name, int family, uint32_t id)
{
	bool v4 = family == AF_INET;

	message(b, NFT_MSG_NEWSET, NLM_F_CREATE);
	netlink_put_text(b, NFTA_SET_TABLE, NFT_TABLE);
	netlink_put_text(b, NFTA_SET_NAME, name);
	netlink_put_be32(b, NFTA_SET_FLAGS, NFT_SET_MAP);
	netlink_put_be32(b, NFTA_SET_KEY_TYPE, v4 ? TYPE_IPV4_ADDRESS : TYPE_IPV6_ADDRESS);
	netlink_put_be32(b, NFTA_SET_KEY_LEN, v4 ? 4 : 16);
	netlink_put_be32(b, NFTA_SET_DATA_TYPE, NFT_DATA_VERDICT);
	netlink_put_be32(b, NFTA_SET_DATA_LEN, 0);
	netlink_put_be32(b, NFTA_SET_ID, id);
}

void nft_delete_map(NetlinkBatch *b, const char *name)
{
	message(b, NFT_MSG_DELSET, 0);
	netlink_put_text(b, NFTA_SET_TABLE, NFT_TABLE);
	netlink_put_text(b, NFTA_SET_NAME, name);
}

/* A value inside attribute. */
static void put_value(NetlinkBatch *b, uint16_t attribute, const void *data, size_t len)
{
	size_t nest = netlink_nest(b, attribute);

	netlink_put(b, NFTA_DATA_VALUE, data, len);
	netlink_nest_end(b, nest);
}

/* A verdict inside attribute; chain for those that go to one, else NULL. */
static void put_verdict(NetlinkBatch *b, uint16_t attribute, int32_t code, const char *chain)
{
	size_t data = netlink_nest(b, attribute), verdict = netlink_nest(b, NFTA_DATA_VERDICT);

	netlink_put_be32(b, NFTA_VERDICT_CODE, (uint32_t)code);
	if (chain)
		netlink_put_text(b, NFTA_VERDICT_CHAIN, chain);
	netlink_nest_end(b, verdict);
	netlink_nest_end(b, data);
}

static void element_message(NetlinkBatch *b, uint16_t type, uint16_t flags, const char *map,
	const Address *address, const char *chain)
{
	size_t list, element;

	message(b, type, flags);
	netlink_put_text(b, NFTA_SET_ELEM_LIST_TABLE, NFT_TABLE);
	netlink_put_text(b, NFTA_SET_ELEM_LIST_SET, map);
	list = netlink_nest(b, NFTA_SET_ELEM_LIST_ELEMENTS);
	element = netlink_nest(b, NFTA_LIST_ELEM);
	put_value(b, NFTA_SET_ELEM_KEY, address->bytes, address_size(address));
	if (chain)
		put_verdict(b, NFTA_SET_ELEM_DATA, NFT_JUMP, chain);
	netlink_nest_end(b, element);
	netlink_nest_end(b, list);
}

void nft_add_jump(NetlinkBatch *b, const char *map, const Address *address, const char *chain)
{
	element_message(b, NFT_MSG_NEWSETELEM, NLM_F_CREATE, map, address, chain);
}

void nft_delete_jump(NetlinkBatch *b, const char *map, const Address *address)
{
	element_message(b, NFT_MSG_DELSETELEM, 0, map, address, NULL);
}

NftRule nft_rule(NetlinkBatch *b, const char *chain)
{
	message(b, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
	netlink_put_text(b, NFTA_RULE_TABLE, NFT_TABLE);
	netlink_put_text(b, NFTA_RULE_CHAIN, chain);
	return (NftRule){.batch = b, .list = netlink_nest(b, NFTA_RULE_EXPRESSIONS)};
}

void nft_rule_end(NftRule *rule)
{
	netlink_nest_end(rule->batch, rule->list);
}

/* One expression of a rule, open at its data. */
typedef struct Expression {
	size_t element, data;
} Expression;

static Expression begin(NftRule *rule, const char *name)
{
	Expression e = {.element = netlink_nest(rule->batch, NFTA_LIST_ELEM)};

	netlink_put_text(rule->batch, NFTA_EXPR_NAME, name);
	e.data = netlink_nest(rule->batch, NFTA_EXPR_DATA);
	return e;
}

static void end(NftRule *rule, Expression e)
{
	netlink_nest_end(rule->batch, e.data);
	netlink_nest_end(rule->batch, e.element);
}

static void compare(NftRule *rule, const void *data, size_t len)
{
	Expression e = begin(rule, "cmp");

	netlink_put_be32(rule->batch, NFTA_CMP_SREG, REGISTER);
	netlink_put_be32(rule->batch, NFTA_CMP_OP, NFT_CMP_EQ);
	put_value(rule->batch, NFTA_CMP_DATA, data, len);
	end(rule, e);
}

/* Only packets of the family, in a table that sees both. */
static void match_family(NftRule *rule, int family)
{
	uint8_t number = family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6;
	Expression e = begin(rule, "meta");

	netlink_put_be32(rule->batch, NFTA_META_DREG, REGISTER);
	netlink_put_be32(rule->batch, NFTA_META_KEY, NFT_META_NFPROTO);
	end(rule, e);
	compare(rule, &number, sizeof number);
}

/* An address of a packet, into the register. */
static void load_address(NftRule *rule, NftField field, int family)
{
	static const uint32_t offsets[2][2] = {
		[NFT_SOURCE] = {12, 8},
		[NFT_DESTINATION] = {16, 24},
	};
	bool v6 = family != AF_INET;
	Expression e;

	match_family(rule, family);
	e = begin(rule, "payload");
	netlink_put_be32(rule->batch, NFTA_PAYLOAD_DREG, REGISTER);
	netlink_put_be32(rule->batch, NFTA_PAYLOAD_BASE, NFT_PAYLOAD_NETWORK_HEADER);
	netlink_put_be32(rule->batch, NFTA_PAYLOAD_OFFSET, offsets[field][v6]);
	netlink_put_be32(rule->batch, NFTA_PAYLOAD_LEN, v6 ? 16 : 4);
	end(rule, e);
}

void nft_match_network(NftRule *rule, NftField field, const Address *network)
{
	static const uint8_t nothing[16];
	Address mask = address_mask(network), first = address_first(network);
	size_t size = address_size(network);
	Expression e;

	load_address(rule, field, network->family);
	e = begin(rule, "bitwise");
	netlink_put_be32(rule->batch, NFTA_BITWISE_SREG, REGISTER);
	netlink_put_be32(rule->batch, NFTA_BITWISE_DREG, REGISTER);
	netlink_put_be32(rule->batch, NFTA_BITWISE_LEN, (uint32_t)size);
	put_value(rule->batch, NFTA_BITWISE_MASK, mask.bytes, size);
	put_value(rule->batch, NFTA_BITWISE_XOR, nothing, size);
	end(rule, e);
	compare(rule, first.bytes, size);
}

void nft_jump_by_map(NftRule *rule, NftField field, int family, const char *map, uint32_t id)
{
	Expression e;

	load_address(rule, field, family);
	e = begin(rule, "lookup");
	netlink_put_text(rule->batch, NFTA_LOOKUP_SET, map);
	netlink_put_be32(rule->batch, NFTA_LOOKUP_SREG, REGISTER);
	netlink_put_be32(rule->batch, NFTA_LOOKUP_DREG, NFT_REG_VERDICT);
	netlink_put_be32(rule->batch, NFTA_LOOKUP_SET_ID, id);
	end(rule, e);
}

void nft_return(NftRule *rule)
{
	Expression e = begin(rule, "immediate");

	netlink_put_be32(rule->batch, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	put_verdict(rule->batch, NFTA_IMMEDIATE_DATA, NFT_RETURN, NULL);
	end(rule, e);
}

void nft_masquerade(NftRule *rule)
{
	end(rule, begin(rule, "masq"));
}
