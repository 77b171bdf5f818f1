/* SPDX-License-Identifier: Apache-2.0 */
#include "net/nft-list.h"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include "base/cleanup.h"
#include "net/nft-internal.h"

/* The attributes of a message about a chain or rule, or inside one of them. */
typedef struct Attributes {
	const void *first;
	size_t len;
} Attributes;

/* None for messages that are too short. */
static Attributes attributes_of(const struct nlmsghdr *h)
{
	const size_t header = NLMSG_LENGTH(sizeof(struct nfgenmsg));

	return h->nlmsg_len < header
		       ? (Attributes){NULL, 0}
		       : (Attributes){(const char *)h + header, h->nlmsg_len - header};
}

static Attributes inside(const Attributes *a, uint16_t attribute)
{
	const struct nlattr *found = netlink_find(a->first, a->len, attribute);

	return found ? (Attributes){netlink_data(found), netlink_len(found)}
		     : (Attributes){NULL, 0};
}

static uint32_t number(const Attributes *a, uint16_t attribute)
{
	Attributes value = inside(a, attribute);
	uint32_t n = 0;

	if (value.len == sizeof n)
		memcpy(&n, value.first, sizeof n);
	return ntohl(n);
}

static const char *text(const Attributes *a, uint16_t attribute, char buf[static NFT_NAME])
{
	Attributes value = inside(a, attribute);

	(void)snprintf(buf, NFT_NAME, "%.*s", (int)value.len,
		value.len > 0 ? (const char *)value.first : "");
	return buf;
}

/* What is to be told of each, and to whom. */
typedef struct ChainSearch {
	int (*found)(const NftBaseChain *chain, void *userdata);
	void *userdata;
} ChainSearch;

static int tell_chain(const struct nlmsghdr *h, void *userdata)
{
	const ChainSearch *search = userdata;
	const struct nfgenmsg *header = NLMSG_DATA(h);
	Attributes a = attributes_of(h), hook = inside(&a, NFTA_CHAIN_HOOK);
	char type[NFT_NAME];
	NftBaseChain chain;

	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		return -EAGAIN;
	if (hook.len == 0)
		return 0;
	chain = (NftBaseChain){
		.place.family = header->nfgen_family,
		.hook = number(&hook, NFTA_HOOK_HOOKNUM),
		.filter = streq(text(&a, NFTA_CHAIN_TYPE, type), "filter"),
		.drops = number(&a, NFTA_CHAIN_POLICY) == NF_DROP &&
			 netlink_find(a.first, a.len, NFTA_CHAIN_POLICY),
	};
	(void)text(&a, NFTA_CHAIN_TABLE, chain.place.table);
	(void)text(&a, NFTA_CHAIN_NAME, chain.place.chain);
	return search->found(&chain, search->userdata);
}

static int list(NetlinkBatch *b, int (*found)(const struct nlmsghdr *message, void *userdata),
	void *userdata)
{
	_cleanup_close_ int fd = netlink_open(NETLINK_NETFILTER);

	return fd < 0 ? fd : netlink_dump(fd, b, found, userdata);
}

int nft_list_base_chains(int (*found)(const NftBaseChain *chain, void *userdata), void *userdata)
{
	ChainSearch search = {.found = found, .userdata = userdata};
	NetlinkBatch b;

	netlink_begin(&b);
	nft_message(&b, NFPROTO_UNSPEC, NFT_MSG_GETCHAIN, NLM_F_DUMP);
	return list(&b, tell_chain, &search);
}

typedef struct RuleSearch {
	int (*found)(uint64_t handle, const char *comment, void *userdata);
	void *userdata;
} RuleSearch;

/* The comment among the bytes kept with something: pieces of a type, a length, and that many bytes.
 */
static const char *find_comment(Attributes kept)
{
	const uint8_t *place = kept.first, *end = place + kept.len;

	for (; end - place >= 2 && place[1] <= end - place - 2; place += 2 + place[1])
		if (place[0] == NFT_COMMENT_TYPE && place[1] > 0 && place[1 + place[1]] == '\0')
			return (const char *)place + 2;
	return NULL;
}

static int tell_rule(const struct nlmsghdr *h, void *userdata)
{
	const RuleSearch *search = userdata;
	Attributes a = attributes_of(h), handle = inside(&a, NFTA_RULE_HANDLE);
	const char *comment = find_comment(inside(&a, NFTA_RULE_USERDATA));
	uint64_t number;

	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		return -EAGAIN;
	if (!comment || handle.len != sizeof number)
		return 0;
	memcpy(&number, handle.first, sizeof number);
	return search->found(be64toh(number), comment, search->userdata);
}

static void put_place(NetlinkBatch *b, const NftPlace *place, uint16_t type, uint16_t flags)
{
	nft_message(b, place->family, type, flags);
	netlink_put_text(b, NFTA_RULE_TABLE, place->table);
	netlink_put_text(b, NFTA_RULE_CHAIN, place->chain);
}

int nft_list_rules(const NftPlace *place,
	int (*found)(uint64_t handle, const char *comment, void *userdata), void *userdata)
{
	RuleSearch search = {.found = found, .userdata = userdata};
	NetlinkBatch b;
	int r;

	netlink_begin(&b);
	put_place(&b, place, NFT_MSG_GETRULE, NLM_F_DUMP);
	r = list(&b, tell_rule, &search);
	return r == -ENOENT ? 0 : r;
}

typedef struct KeySearch {
	int (*found)(const NftData *key, void *userdata);
	void *userdata;
} KeySearch;

static int tell_key(const KeySearch *search, const struct nlattr *element)
{
	static const uint16_t way[] = {NFTA_SET_ELEM_KEY, NFTA_DATA_VALUE};
	const struct nlattr *value = netlink_find_inside(
		netlink_data(element), netlink_len(element), way, ARRAY_LEN(way));
	NftData key = {.len = value ? netlink_len(value) : 0};

	if (key.len == 0 || key.len > sizeof key.bytes)
		return 0;
	memcpy(key.bytes, netlink_data(value), key.len);
	return search->found(&key, search->userdata);
}

static int tell_keys(const struct nlmsghdr *h, void *userdata)
{
	Attributes a = attributes_of(h), left = inside(&a, NFTA_SET_ELEM_LIST_ELEMENTS);
	const char *end = (const char *)left.first + left.len;
	const struct nlattr *element;
	int r = 0;

	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		return -EAGAIN;
	while (r == 0 && (element = netlink_find(left.first, left.len, NFTA_LIST_ELEM))) {
		const char *next = (const char *)element + NLA_ALIGN(element->nla_len);

		r = tell_key(userdata, element);
		left = (Attributes){next, next < end ? (size_t)(end - next) : 0};
	}
	return r;
}

int nft_list_keys(
	const NftSet *set, int (*found)(const NftData *key, void *userdata), void *userdata)
{
	KeySearch search = {.found = found, .userdata = userdata};
	NetlinkBatch b;
	int r;

	netlink_begin(&b);
	nft_message(&b, NFPROTO_INET, NFT_MSG_GETSETELEM, NLM_F_DUMP);
	netlink_put_text(&b, NFTA_SET_ELEM_LIST_TABLE, NFT_TABLE);
	netlink_put_text(&b, NFTA_SET_ELEM_LIST_SET, set->name);
	r = list(&b, tell_keys, &search);
	return r == -ENOENT ? 0 : r;
}

static int copy_comment(const struct nlmsghdr *h, void *userdata)
{
	static const uint16_t way[] = {
		NFTA_SET_ELEM_LIST_ELEMENTS, NFTA_LIST_ELEM, NFTA_SET_ELEM_USERDATA};
	Attributes a = attributes_of(h);
	const struct nlattr *kept = netlink_find_inside(a.first, a.len, way, ARRAY_LEN(way));
	const char *comment =
		kept ? find_comment((Attributes){netlink_data(kept), netlink_len(kept)}) : NULL;

	(void)snprintf(userdata, NFT_COMMENT, "%s", comment ? comment : "");
	return 0;
}

int nft_read_comment(const NftSet *set, const NftElement *element, char ret[static NFT_COMMENT])
{
	NetlinkBatch b;

	netlink_begin(&b);
	nft_element_message(&b, NFT_MSG_GETSETELEM, NLM_F_ACK, set, element, false);
	return list(&b, copy_comment, ret);
}

NftRule nft_insert_rule(NetlinkBatch *b, const NftPlace *place, const char *comment)
{
	put_place(b, place, NFT_MSG_NEWRULE, NLM_F_CREATE);
	nft_put_comment(b, NFTA_RULE_USERDATA, comment);
	return (NftRule){.batch = b, .list = netlink_nest(b, NFTA_RULE_EXPRESSIONS)};
}

void nft_delete_rule(NetlinkBatch *b, const NftPlace *place, uint64_t handle)
{
	uint64_t number = htobe64(handle);

	put_place(b, place, NFT_MSG_DELRULE, 0);
	netlink_put(b, NFTA_RULE_HANDLE, &number, sizeof number);
}
