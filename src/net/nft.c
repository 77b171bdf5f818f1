/* SPDX-License-Identifier: Apache-2.0 */
#include "net/nft.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include "base/cleanup.h"
#include "base/fd.h"
#include "net/nft-internal.h"

void nft_message(NetlinkBatch *b, uint8_t family, uint16_t type, uint16_t flags)
{
	struct nfgenmsg header = {.nfgen_family = family, .version = NFNETLINK_V0};

	netlink_message(
		b, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), flags, &header, sizeof header);
}

/* For the table that is this project's own. */
static void message(NetlinkBatch *b, uint16_t type, uint16_t flags)
{
	nft_message(b, NFPROTO_INET, type, flags);
}

/* Both ends of a transaction say whose it is. */
static void border(NetlinkBatch *b, uint16_t type)
{
	struct nfgenmsg header = {.version = NFNETLINK_V0, .res_id = htons(NFNL_SUBSYS_NFTABLES)};

	netlink_message(b, type, 0, &header, sizeof header);
}

void nft_begin(NetlinkBatch *b)
{
	netlink_begin(b);
	b->transaction = true;
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

void nft_add_base_chain(
	NetlinkBatch *b, const char *name, const char *type, uint32_t hook, int32_t priority)
{
	size_t nest;

	chain_message(b, NFT_MSG_NEWCHAIN, NLM_F_CREATE, name);
	netlink_put_text(b, NFTA_CHAIN_TYPE, type);
	nest = netlink_nest(b, NFTA_CHAIN_HOOK);
	netlink_put_be32(b, NFTA_HOOK_HOOKNUM, hook);
	netlink_put_be32(b, NFTA_HOOK_PRIORITY, (uint32_t)priority);
	netlink_nest_end(b, nest);
}

void nft_delete_chain(NetlinkBatch *b, const char *name)
{
	chain_message(b, NFT_MSG_DELCHAIN, 0, name);
}

void nft_delete_empty_chain(NetlinkBatch *b, const char *name)
{
	chain_message(b, NFT_MSG_DELCHAIN, NLM_F_NONREC, name);
}

void nft_flush_chain(NetlinkBatch *b, const char *name)
{
	message(b, NFT_MSG_DELRULE, 0);
	netlink_put_text(b, NFTA_RULE_TABLE, NFT_TABLE);
	netlink_put_text(b, NFTA_RULE_CHAIN, name);
}

/* In bytes. */
static const uint32_t lengths[] = {
	[NFT_TYPE_IPV4] = 4,
	[NFT_TYPE_IPV6] = 16,
	[NFT_TYPE_PROTOCOL] = 1,
	[NFT_TYPE_PORT] = 2,
};

#define TYPE_BITS 6

static uint32_t aligned(uint32_t len)
{
	return (len + 3) & ~3U;
}

static unsigned count(const NftType fields[static NFT_FIELDS])
{
	unsigned n = 0;

	while (n < NFT_FIELDS && fields[n] != NFT_TYPE_NONE)
		n++;
	return n;
}

/* One number for the types of all fields. */
static uint32_t type_of(const NftType fields[static NFT_FIELDS])
{
	uint32_t type = 0;

	for (unsigned i = 0; i < count(fields); i++)
		type = type << TYPE_BITS | fields[i];
	return type;
}

/* Fields that stand beside others begin at words. */
static uint32_t len_of(const NftType fields[static NFT_FIELDS])
{
	uint32_t len = 0;
	unsigned n = count(fields);

	for (unsigned i = 0; i < n; i++)
		len += n > 1 ? aligned(lengths[fields[i]]) : lengths[fields[i]];
	return len;
}

static uint32_t flags_of(const NftSet *set)
{
	bool map = set->to_chains || count(set->value) > 0;

	return (map ? NFT_SET_MAP : 0) | (set->networks ? NFT_SET_INTERVAL | NFT_SET_CONCAT : 0);
}

/* How long the fields of keys are, for sets of networks. */
static void put_fields(NetlinkBatch *b, const NftSet *set)
{
	size_t description = netlink_nest(b, NFTA_SET_DESC);
	size_t list = netlink_nest(b, NFTA_SET_DESC_CONCAT);

	for (unsigned i = 0; i < count(set->key); i++) {
		size_t element = netlink_nest(b, NFTA_LIST_ELEM);

		netlink_put_be32(b, NFTA_SET_FIELD_LEN, lengths[set->key[i]]);
		netlink_nest_end(b, element);
	}
	netlink_nest_end(b, list);
	netlink_nest_end(b, description);
}

void nft_add_set(NetlinkBatch *b, const NftSet *set)
{
	message(b, NFT_MSG_NEWSET, NLM_F_CREATE);
	netlink_put_text(b, NFTA_SET_TABLE, NFT_TABLE);
	netlink_put_text(b, NFTA_SET_NAME, set->name);
	netlink_put_be32(b, NFTA_SET_FLAGS, flags_of(set));
	netlink_put_be32(b, NFTA_SET_KEY_TYPE, type_of(set->key));
	netlink_put_be32(b, NFTA_SET_KEY_LEN, len_of(set->key));
	if (flags_of(set) & NFT_SET_MAP) {
		netlink_put_be32(b, NFTA_SET_DATA_TYPE,
			set->to_chains ? NFT_DATA_VERDICT : type_of(set->value));
		netlink_put_be32(b, NFTA_SET_DATA_LEN, len_of(set->value));
	}
	if (set->networks)
		put_fields(b, set);
	netlink_put_be32(b, NFTA_SET_ID, set->id);
}

void nft_delete_set(NetlinkBatch *b, const NftSet *set)
{
	message(b, NFT_MSG_DELSET, 0);
	netlink_put_text(b, NFTA_SET_TABLE, NFT_TABLE);
	netlink_put_text(b, NFTA_SET_NAME, set->name);
}

/* The next field begins at a word. */
static void add_field(NftData *d, const void *data, size_t len)
{
	memcpy(d->bytes + d->len, data, len);
	d->len += aligned((uint32_t)len);
}

void nft_data_address(NftData *d, const Address *address)
{
	add_field(d, address->bytes, address_size(address));
}

void nft_data_protocol(NftData *d, uint8_t protocol)
{
	add_field(d, &protocol, sizeof protocol);
}

void nft_data_port(NftData *d, uint16_t port)
{
	uint16_t number = htons(port);

	add_field(d, &number, sizeof number);
}

/* A value inside attribute. */
static void put_data(NetlinkBatch *b, uint16_t attribute, const NftData *data)
{
	size_t nest = netlink_nest(b, attribute);

	netlink_put(b, NFTA_DATA_VALUE, data->bytes, data->len);
	netlink_nest_end(b, nest);
}

/* A verdict inside attribute; chain for those that go to one, else NULL. */
void nft_put_verdict(NetlinkBatch *b, uint16_t attribute, int32_t code, const char *chain)
{
	size_t data = netlink_nest(b, attribute), verdict = netlink_nest(b, NFTA_DATA_VERDICT);

	netlink_put_be32(b, NFTA_VERDICT_CODE, (uint32_t)code);
	if (chain)
		netlink_put_text(b, NFTA_VERDICT_CHAIN, chain);
	netlink_nest_end(b, verdict);
	netlink_nest_end(b, data);
}

void nft_put_comment(NetlinkBatch *b, uint16_t attribute, const char *comment)
{
	uint8_t kept[2 + NFT_COMMENT] = {NFT_COMMENT_TYPE};
	size_t len = strlen(comment) + 1;

	kept[1] = (uint8_t)len;
	memcpy(kept + 2, comment, len);
	netlink_put(b, attribute, kept, 2 + len);
}

void nft_element_message(NetlinkBatch *b, uint16_t type, uint16_t flags, const NftSet *set,
	const NftElement *e, bool with_value)
{
	size_t list, element;

	message(b, type, flags);
	netlink_put_text(b, NFTA_SET_ELEM_LIST_TABLE, NFT_TABLE);
	netlink_put_text(b, NFTA_SET_ELEM_LIST_SET, set->name);
	list = netlink_nest(b, NFTA_SET_ELEM_LIST_ELEMENTS);
	element = netlink_nest(b, NFTA_LIST_ELEM);
	put_data(b, NFTA_SET_ELEM_KEY, &e->key);
	if (e->key_end.len > 0)
		put_data(b, NFTA_SET_ELEM_KEY_END, &e->key_end);
	if (with_value && e->chain)
		nft_put_verdict(b, NFTA_SET_ELEM_DATA, NFT_JUMP, e->chain);
	else if (with_value && e->value.len > 0)
		put_data(b, NFTA_SET_ELEM_DATA, &e->value);
	if (with_value && e->comment)
		nft_put_comment(b, NFTA_SET_ELEM_USERDATA, e->comment);
	netlink_nest_end(b, element);
	netlink_nest_end(b, list);
}

void nft_add_element(NetlinkBatch *b, const NftSet *set, const NftElement *e, bool exclusively)
{
	nft_element_message(
		b, NFT_MSG_NEWSETELEM, NLM_F_CREATE | (exclusively ? NLM_F_EXCL : 0), set, e, true);
}

void nft_delete_element(NetlinkBatch *b, const NftSet *set, const NftElement *e)
{
	nft_element_message(b, NFT_MSG_DELSETELEM, 0, set, e, false);
}

/* A found() of netlink_dump(): whether an element has the value that is looked for. */
static int compare_value(const struct nlmsghdr *message, void *userdata)
{
	const NftData *value = userdata;
	const size_t header = NLMSG_LENGTH(sizeof(struct nfgenmsg));
	static const uint16_t way[] = {
		NFTA_SET_ELEM_LIST_ELEMENTS, NFTA_LIST_ELEM, NFTA_SET_ELEM_DATA, NFTA_DATA_VALUE};
	const void *inside = (const char *)message + header;
	size_t len = message->nlmsg_len - header;

	for (size_t i = 0; i < ARRAY_LEN(way); i++) {
		const struct nlattr *a = netlink_find(inside, len, way[i]);

		if (!a)
			return -ENOENT;
		inside = netlink_data(a);
		len = netlink_len(a);
	}
	return len == value->len && memcmp(inside, value->bytes, len) == 0 ? 0 : -ENOENT;
}

int nft_check_element(NetlinkBatch *b, const NftSet *set, const NftElement *e)
{
	_cleanup_close_ int fd = netlink_open(NETLINK_NETFILTER);
	NftData value = e->value;

	if (fd < 0)
		return fd;
	netlink_begin(b);
	nft_element_message(b, NFT_MSG_GETSETELEM, NLM_F_ACK, set, e, false);
	return netlink_dump(fd, b, compare_value, &value);
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
