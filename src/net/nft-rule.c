/* SPDX-License-Identifier: Apache-2.0 */

/* What rules are made of: the kernel's expressions, each of which does one small step. */

#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include "net/nft-internal.h"

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

static void put_bytes(NftRule *rule, uint16_t attribute, const void *data, size_t len)
{
	size_t nest = netlink_nest(rule->batch, attribute);

	netlink_put(rule->batch, NFTA_DATA_VALUE, data, len);
	netlink_nest_end(rule->batch, nest);
}

/* The register of a word: of the first one the long form, as nft(8) writes it. */
static uint32_t register_of(unsigned word)
{
	return word == 0 ? NFT_REG_1 : NFT_REG32_00 + word;
}

static void compare(NftRule *rule, enum nft_cmp_ops op, const void *data, size_t len)
{
	Expression e = begin(rule, "cmp");

	netlink_put_be32(rule->batch, NFTA_CMP_SREG, NFT_REG_1);
	netlink_put_be32(rule->batch, NFTA_CMP_OP, op);
	put_bytes(rule, NFTA_CMP_DATA, data, len);
	end(rule, e);
}

/* What is in the first register, with a mask. */
static void mask(NftRule *rule, const void *bits, size_t len)
{
	static const uint8_t nothing[16];
	Expression e = begin(rule, "bitwise");

	netlink_put_be32(rule->batch, NFTA_BITWISE_SREG, NFT_REG_1);
	netlink_put_be32(rule->batch, NFTA_BITWISE_DREG, NFT_REG_1);
	netlink_put_be32(rule->batch, NFTA_BITWISE_LEN, (uint32_t)len);
	put_bytes(rule, NFTA_BITWISE_MASK, bits, len);
	put_bytes(rule, NFTA_BITWISE_XOR, nothing, len);
	end(rule, e);
}

static void load_meta(NftRule *rule, enum nft_meta_keys key)
{
	Expression e = begin(rule, "meta");

	netlink_put_be32(rule->batch, NFTA_META_DREG, register_of(rule->words));
	netlink_put_be32(rule->batch, NFTA_META_KEY, key);
	end(rule, e);
}

static void load_payload(NftRule *rule, enum nft_payload_bases base, uint32_t offset, uint32_t len)
{
	Expression e = begin(rule, "payload");

	netlink_put_be32(rule->batch, NFTA_PAYLOAD_DREG, register_of(rule->words));
	netlink_put_be32(rule->batch, NFTA_PAYLOAD_BASE, base);
	netlink_put_be32(rule->batch, NFTA_PAYLOAD_OFFSET, offset);
	netlink_put_be32(rule->batch, NFTA_PAYLOAD_LEN, len);
	end(rule, e);
}

void nft_match_family(NftRule *rule, int family)
{
	uint8_t number = family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6;

	load_meta(rule, NFT_META_NFPROTO);
	compare(rule, NFT_CMP_EQ, &number, sizeof number);
}

void nft_match_network(NftRule *rule, NftField field, const Address *network)
{
	Address bits = address_mask(network), first = address_first(network);

	nft_load_address(rule, field, network->family);
	rule->words = 0;
	if (network->prefix < address_bits(network))
		mask(rule, bits.bytes, address_size(network));
	compare(rule, NFT_CMP_EQ, first.bytes, address_size(network));
}

void nft_match_local(NftRule *rule)
{
	uint32_t local = RTN_LOCAL;
	Expression e = begin(rule, "fib");

	netlink_put_be32(rule->batch, NFTA_FIB_DREG, NFT_REG_1);
	netlink_put_be32(rule->batch, NFTA_FIB_RESULT, NFT_FIB_RESULT_ADDRTYPE);
	netlink_put_be32(rule->batch, NFTA_FIB_FLAGS, NFTA_FIB_F_DADDR);
	end(rule, e);
	compare(rule, NFT_CMP_EQ, &local, sizeof local);
}

/* One of these bits is set in what is known of the packet's connection. */
static void match_connection(NftRule *rule, enum nft_ct_keys key, uint32_t bits)
{
	uint32_t none = 0;
	Expression e = begin(rule, "ct");

	netlink_put_be32(rule->batch, NFTA_CT_DREG, NFT_REG_1);
	netlink_put_be32(rule->batch, NFTA_CT_KEY, key);
	end(rule, e);
	mask(rule, &bits, sizeof bits);
	compare(rule, NFT_CMP_NEQ, &none, sizeof none);
}

void nft_match_dnat(NftRule *rule)
{
	match_connection(rule, NFT_CT_STATUS, IPS_DST_NAT);
}

void nft_match_established(NftRule *rule)
{
	match_connection(rule, NFT_CT_STATE,
		NF_CT_STATE_BIT(IP_CT_ESTABLISHED) | NF_CT_STATE_BIT(IP_CT_RELATED));
}

/* The same by the match that iptables calls conntrack. */
static void match_connection_xt(NftRule *rule, uint16_t states)
{
	struct xt_conntrack_mtinfo3 info = {
		.match_flags = XT_CONNTRACK_STATE, .state_mask = states};
	uint8_t padded[(sizeof info + 7) / 8 * 8] = {0}; /* as long as the kernel wants it */
	Expression e = begin(rule, "match");

	memcpy(padded, &info, sizeof info);
	netlink_put_text(rule->batch, NFTA_MATCH_NAME, "conntrack");
	netlink_put_be32(rule->batch, NFTA_MATCH_REV, 3);
	netlink_put(rule->batch, NFTA_MATCH_INFO, padded, sizeof padded);
	end(rule, e);
}

void nft_match_dnat_xt(NftRule *rule)
{
	match_connection_xt(rule, XT_CONNTRACK_STATE_DNAT);
}

void nft_match_established_xt(NftRule *rule)
{
	match_connection_xt(rule,
		XT_CONNTRACK_STATE_BIT(IP_CT_ESTABLISHED) | XT_CONNTRACK_STATE_BIT(IP_CT_RELATED));
}

void nft_match_interface(NftRule *rule, NftField field, const char *name, bool other)
{
	char padded[IFNAMSIZ] = "";

	(void)snprintf(padded, sizeof padded, "%s", name);
	load_meta(rule, field == NFT_SOURCE ? NFT_META_IIFNAME : NFT_META_OIFNAME);
	compare(rule, other ? NFT_CMP_NEQ : NFT_CMP_EQ, padded, sizeof padded);
}

void nft_load_address(NftRule *rule, NftField field, int family)
{
	static const uint32_t offsets[2][2] = {
		[NFT_SOURCE] = {12, 8},
		[NFT_DESTINATION] = {16, 24},
	};
	bool v6 = family != AF_INET;

	load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, offsets[field][v6], v6 ? 16 : 4);
	rule->words += v6 ? 4 : 1;
}

void nft_load_protocol(NftRule *rule)
{
	load_meta(rule, NFT_META_L4PROTO);
	rule->words++;
}

void nft_load_port(NftRule *rule)
{
	load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
	rule->words++;
}

void nft_lookup(NftRule *rule, const NftSet *set)
{
	Expression e = begin(rule, "lookup");

	netlink_put_text(rule->batch, NFTA_LOOKUP_SET, set->name);
	netlink_put_be32(rule->batch, NFTA_LOOKUP_SREG, NFT_REG_1);
	if (set->to_chains)
		netlink_put_be32(rule->batch, NFTA_LOOKUP_DREG, NFT_REG_VERDICT);
	else if (set->value[0] != NFT_TYPE_NONE)
		netlink_put_be32(rule->batch, NFTA_LOOKUP_DREG, NFT_REG_1);
	netlink_put_be32(rule->batch, NFTA_LOOKUP_SET_ID, set->id);
	end(rule, e);
	rule->words = 0;
}

static void verdict(NftRule *rule, int32_t code, const char *chain)
{
	Expression e = begin(rule, "immediate");

	netlink_put_be32(rule->batch, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	nft_put_verdict(rule->batch, NFTA_IMMEDIATE_DATA, code, chain);
	end(rule, e);
}

void nft_return(NftRule *rule)
{
	verdict(rule, NFT_RETURN, NULL);
}

void nft_accept(NftRule *rule)
{
	verdict(rule, NF_ACCEPT, NULL);
}

void nft_drop(NftRule *rule)
{
	verdict(rule, NF_DROP, NULL);
}

void nft_jump(NftRule *rule, const char *chain)
{
	verdict(rule, NFT_JUMP, chain);
}

void nft_dnat(NftRule *rule, int family)
{
	Expression e = begin(rule, "nat");

	netlink_put_be32(rule->batch, NFTA_NAT_TYPE, NFT_NAT_DNAT);
	netlink_put_be32(
		rule->batch, NFTA_NAT_FAMILY, family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6);
	netlink_put_be32(rule->batch, NFTA_NAT_REG_ADDR_MIN, register_of(0));
	netlink_put_be32(
		rule->batch, NFTA_NAT_REG_PROTO_MIN, register_of(family == AF_INET ? 1 : 4));
	netlink_put_be32(
		rule->batch, NFTA_NAT_FLAGS, NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED);
	end(rule, e);
}

void nft_masquerade(NftRule *rule)
{
	end(rule, begin(rule, "masq"));
}
