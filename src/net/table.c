/* SPDX-License-Identifier: Apache-2.0 */
#include "net/table.h"

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>

#define PREROUTING  "prerouting"
#define OUTPUT      "output"
#define POSTROUTING "postrouting"
#define PORTS       "ports"

static const TableFamily families[] = {
	{
		.family = AF_INET,
		.masquerade = {"masquerade4", 1, {NFT_TYPE_IPV4}, .to_chains = true},
		.ports = {"ports4", 2, {NFT_TYPE_PROTOCOL, NFT_TYPE_PORT},
			{NFT_TYPE_IPV4, NFT_TYPE_PORT}},
		.address_ports = {"address-ports4", 3,
			{NFT_TYPE_IPV4, NFT_TYPE_PROTOCOL, NFT_TYPE_PORT},
			{NFT_TYPE_IPV4, NFT_TYPE_PORT}},
		.hairpins = {"hairpins4", 4, {NFT_TYPE_IPV4, NFT_TYPE_IPV4}, .networks = true},
	},
	{
		.family = AF_INET6,
		.masquerade = {"masquerade6", 5, {NFT_TYPE_IPV6}, .to_chains = true},
		.ports = {"ports6", 6, {NFT_TYPE_PROTOCOL, NFT_TYPE_PORT},
			{NFT_TYPE_IPV6, NFT_TYPE_PORT}},
		.address_ports = {"address-ports6", 7,
			{NFT_TYPE_IPV6, NFT_TYPE_PROTOCOL, NFT_TYPE_PORT},
			{NFT_TYPE_IPV6, NFT_TYPE_PORT}},
		.hairpins = {"hairpins6", 8, {NFT_TYPE_IPV6, NFT_TYPE_IPV6}, .networks = true},
	},
};

const TableFamily *table_family(int family)
{
	return &families[family == AF_INET ? 0 : 1];
}

static void for_each_set(NetlinkBatch *b, void (*action)(NetlinkBatch *b, const NftSet *set))
{
	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		action(b, &families[i].masquerade);
		action(b, &families[i].ports);
		action(b, &families[i].address_ports);
		action(b, &families[i].hairpins);
	}
}

/* The kernel's order of hooks. A chain that is there gets its rules anew. */
static const struct {
	const char *name;
	uint32_t hook;
	int32_t priority;
} hooks[] = {
	{PREROUTING, NF_INET_PRE_ROUTING, NF_IP_PRI_NAT_DST},
	{OUTPUT, NF_INET_LOCAL_OUT, NF_IP_PRI_NAT_DST},
	{POSTROUTING, NF_INET_POST_ROUTING, NF_IP_PRI_NAT_SRC},
};

static void add_chains(NetlinkBatch *b)
{
	for (size_t i = 0; i < ARRAY_LEN(hooks); i++) {
		nft_add_base_chain(b, hooks[i].name, "nat", hooks[i].hook, hooks[i].priority);
		nft_flush_chain(b, hooks[i].name);
	}
	nft_add_chain(b, PORTS);
	nft_flush_chain(b, PORTS);
}

static void add_jump_to_ports(NetlinkBatch *b, const char *chain)
{
	NftRule rule = nft_rule(b, chain);

	nft_match_local(&rule);
	nft_jump(&rule, PORTS);
	nft_rule_end(&rule);
}

/* What answers a connection to ::1 is never let in, as it comes by another interface than lo: such
 * a connection would hang. So the host refuses it, and who has called "localhost" goes on
 * to 127.0.0.1. */
static void add_refusal(NetlinkBatch *b)
{
	NftRule rule = nft_rule(b, PORTS);
	Address loopback = {.family = AF_INET6, .bytes = {[15] = 1}, .prefix = 128};

	nft_match_family(&rule, AF_INET6);
	nft_match_network(&rule, NFT_DESTINATION, &loopback);
	nft_return(&rule);
	nft_rule_end(&rule);
}

/* The host's address and the port, or the port alone, lead to a pod. */
static void add_ports(NetlinkBatch *b, const TableFamily *f, const NftSet *set, bool with_address)
{
	NftRule rule = nft_rule(b, PORTS);

	nft_match_family(&rule, f->family);
	if (with_address)
		nft_load_address(&rule, NFT_DESTINATION, f->family);
	nft_load_protocol(&rule);
	nft_load_port(&rule);
	nft_lookup(&rule, set);
	nft_dnat(&rule, f->family);
	nft_rule_end(&rule);
}

static void add_masquerade(NetlinkBatch *b, const TableFamily *f)
{
	NftRule rule = nft_rule(b, POSTROUTING);

	nft_match_family(&rule, f->family);
	nft_load_address(&rule, NFT_SOURCE, f->family);
	nft_lookup(&rule, &f->masquerade);
	nft_rule_end(&rule);
}

/* Whoever calls a pod by a port of the host, and is where the pod's answer would go to directly,
 * would not know it: it has to go back by the host. */
static void add_hairpins(NetlinkBatch *b, const TableFamily *f)
{
	NftRule rule = nft_rule(b, POSTROUTING);

	nft_match_family(&rule, f->family);
	nft_load_address(&rule, NFT_SOURCE, f->family);
	nft_load_address(&rule, NFT_DESTINATION, f->family);
	nft_lookup(&rule, &f->hairpins);
	nft_match_dnat(&rule);
	nft_masquerade(&rule);
	nft_rule_end(&rule);
}

/* From an address that means the host to the host alone. */
static void add_loopback(NetlinkBatch *b)
{
	NftRule rule = nft_rule(b, POSTROUTING);
	Address loopback = {.family = AF_INET, .bytes = {127}, .prefix = 8};

	nft_match_family(&rule, AF_INET);
	nft_match_network(&rule, NFT_SOURCE, &loopback);
	nft_match_dnat(&rule);
	nft_masquerade(&rule);
	nft_rule_end(&rule);
}

void table_add(NetlinkBatch *b)
{
	nft_add_table(b);
	for_each_set(b, nft_add_set);
	add_chains(b);
	add_jump_to_ports(b, PREROUTING);
	add_jump_to_ports(b, OUTPUT);
	add_refusal(b);
	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		add_ports(b, &families[i], &families[i].address_ports, true);
		add_ports(b, &families[i], &families[i].ports, false);
		add_masquerade(b, &families[i]);
		add_hairpins(b, &families[i]);
	}
	add_loopback(b);
}

int table_run(NetlinkBatch *b, void (*adder)(NetlinkBatch *b, void *what), void *what)
{
	int r;

	nft_begin(b);
	adder(b, what);
	r = nft_run(b);
	if (r != -ENOENT)
		return r;
	nft_begin(b);
	table_add(b);
	adder(b, what);
	return nft_run(b);
}

/* What is in use, or gone, is somebody else's business. */
static int unless_in_use(int r)
{
	return r == -EBUSY || r == -ENOENT ? 0 : r;
}

int table_drop(void)
{
	NetlinkBatch b;

	nft_begin(&b);
	for (size_t i = 0; i < ARRAY_LEN(hooks); i++)
		nft_flush_chain(&b, hooks[i].name);
	nft_flush_chain(&b, PORTS);
	for_each_set(&b, nft_delete_set);
	for (size_t i = 0; i < ARRAY_LEN(hooks); i++)
		nft_delete_chain(&b, hooks[i].name);
	nft_delete_chain(&b, PORTS);
	nft_delete_table(&b);
	return unless_in_use(nft_run(&b));
}

/* Either step fails when somebody has just come who needs what it would take away. Who has taken
 * the chain away may have been killed before the table. */
int table_drop_chain(const char *chain)
{
	NetlinkBatch b;
	int r;

	nft_begin(&b);
	nft_delete_chain(&b, chain);
	r = nft_run(&b);
	return r < 0 && r != -ENOENT ? unless_in_use(r) : table_drop();
}
