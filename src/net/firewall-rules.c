/* SPDX-License-Identifier: Apache-2.0 */
#include "net/firewall-rules.h"

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include "base/arena.h"
#include "base/cleanup.h"
#include "net/table.h"

/* Chains of our own table: what comes by one isolated interface goes on in the second one, which
 * knows them all. */
#define ISOLATE  "isolate"
#define ISOLATED "isolated"

#define ALLOWING_RULES 3 /* an address, in one chain */

#define TRIES       16   /* while others change the rules */
#define DELETED_MAX 1000 /* rules, in one transaction */

typedef struct Chain {
	NftPlace place;
	bool own, iptables, drops;
} Chain;

typedef struct Chains {
	Arena arena;
	Chain *items;
	size_t n, room;
} Chains;

static void chains_done(Chains *c)
{
	arena_done(&c->arena);
}

static const NftPlace own_places[] = {
	{NFPROTO_INET, NFT_TABLE, ISOLATE},
	{NFPROTO_INET, NFT_TABLE, ISOLATED},
};

static bool is_own(const NftPlace *place)
{
	return place->family == NFPROTO_INET && streq(place->table, NFT_TABLE);
}

/* The chain that iptables calls FORWARD, of its table that is there without being named. */
static bool is_iptables(const NftPlace *place)
{
	return place->family != NFPROTO_INET && streq(place->table, "filter") &&
	       streq(place->chain, "FORWARD");
}

static int append(Chains *c, const Chain *chain)
{
	if (c->n == c->room) {
		Chain *more = arena_new(&c->arena, Chain, 2 * c->room + 8);

		if (!more)
			return -ENOMEM;
		if (c->n > 0)
			memcpy(more, c->items, c->n * sizeof *more);
		c->items = more;
		c->room = 2 * c->room + 8;
	}
	c->items[c->n++] = *chain;
	return 0;
}

static int append_found(const NftBaseChain *found, void *userdata)
{
	const NftPlace *place = &found->place;
	Chain chain = {.place = *place, .iptables = is_iptables(place), .drops = found->drops};

	if (found->hook != NF_INET_FORWARD || !found->filter || is_own(place) ||
		(place->family != NFPROTO_IPV4 && place->family != NFPROTO_IPV6 &&
			place->family != NFPROTO_INET))
		return 0;
	return append(userdata, &chain);
}

/* All chains in which rules of somebody may be: our own ones come first. */
static int list_chains(Chains *ret)
{
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(own_places) && r == 0; i++)
		r = append(ret, &(Chain){.place = own_places[i], .own = true});
	return r < 0 ? r : nft_list_base_chains(append_found, ret);
}

/* Whether a chain of others would stop packets of the family. iptables' one is changed by those who
 * know nothing of pods: that it lets all through now says little. */
static bool stops(const Chain *chain, int family)
{
	uint8_t number = family == AF_INET ? NFPROTO_IPV4 : NFPROTO_IPV6;

	return !chain->own && (chain->drops || chain->iptables) &&
	       (chain->place.family == number || chain->place.family == NFPROTO_INET);
}

/* To the pod goes what answers it, and what a forwarded port has led there; from it goes anything.
 */
static void let_through(
	NetlinkBatch *b, const Chain *chain, const FirewallRules *rules, const Address *a)
{
	static void (*const matches[][ALLOWING_RULES])(NftRule * rule) = {
		{nft_match_established, nft_match_dnat, NULL},
		{nft_match_established_xt, nft_match_dnat_xt, NULL},
	};

	for (size_t i = 0; i < ALLOWING_RULES; i++) {
		void (*match)(NftRule * rule) = matches[chain->iptables][i];
		NftRule rule = nft_insert_rule(b, &chain->place, rules->owner);

		if (chain->place.family == NFPROTO_INET)
			nft_match_family(&rule, a->family);
		nft_match_network(&rule, match ? NFT_DESTINATION : NFT_SOURCE, a);
		if (match)
			match(&rule);
		nft_accept(&rule);
		nft_rule_end(&rule);
	}
}

/* Out of an isolated interface goes nothing that has come by another one of them. */
static unsigned isolate(NetlinkBatch *b, const Chain *chain, const FirewallRules *rules)
{
	NftRule rule;

	if (!rules->isolated)
		return 0;
	if (!b)
		return 1;
	rule = nft_insert_rule(b, &chain->place, rules->owner);
	if (streq(chain->place.chain, ISOLATE)) {
		nft_match_interface(&rule, NFT_SOURCE, rules->isolated, false);
		nft_match_interface(&rule, NFT_DESTINATION, rules->isolated, true);
		nft_jump(&rule, ISOLATED);
	} else {
		nft_match_interface(&rule, NFT_DESTINATION, rules->isolated, false);
		nft_drop(&rule);
	}
	nft_rule_end(&rule);
	return 1;
}

/* Adds the owner's rules of one chain, unless b is NULL. Returns how many they are. */
static unsigned add_rules(NetlinkBatch *b, const Chain *chain, const FirewallRules *rules)
{
	unsigned n = 0;

	if (chain->own)
		return isolate(b, chain, rules);
	for (size_t i = 0; i < rules->n_addresses; i++) {
		const Address *a = &rules->addresses[i];

		if (!stops(chain, a->family))
			continue;
		if (b)
			let_through(b, chain, rules, a);
		n += ALLOWING_RULES;
	}
	return n;
}

static void add_own_chains(NetlinkBatch *b)
{
	table_add(b);
	nft_add_base_chain(b, ISOLATE, "filter", NF_INET_FORWARD, NF_IP_PRI_FILTER);
	nft_add_chain(b, ISOLATED);
}

/* The rules of a chain whose owners are chosen, and what becomes of them. */
typedef struct Search {
	OwnerChoice *chosen;
	void *userdata;
	const NftPlace *place;
	NetlinkBatch *deletions; /* NULL: they are counted */
	unsigned n;
} Search;

static int find(uint64_t handle, const char *comment, void *userdata)
{
	Search *s = userdata;

	if (!s->chosen(comment, s->userdata))
		return 0;
	if (s->deletions)
		nft_delete_rule(s->deletions, s->place, handle);
	return ++s->n == DELETED_MAX;
}

static int search_chains(const Chains *chains, Search *s)
{
	int r = 0;

	for (size_t i = 0; i < chains->n && r == 0; i++) {
		s->place = &chains->items[i].place;
		r = nft_list_rules(s->place, find, s);
	}
	return r;
}

static void *owner_of(const FirewallRules *rules)
{
	return (void *)(uintptr_t)rules->owner;
}

static int try_set(const FirewallRules *rules)
{
	_cleanup_(chains_done) Chains chains = {.n = 0};
	NetlinkBatch b;
	Search s = {.chosen = owner_is, .userdata = owner_of(rules), .deletions = &b};
	int r = list_chains(&chains);

	nft_begin(&b);
	if (r == 0)
		r = search_chains(&chains, &s);
	if (r < 0)
		return r;
	if (rules->isolated)
		add_own_chains(&b);
	for (size_t i = 0; i < chains.n; i++)
		s.n += add_rules(&b, &chains.items[i], rules);
	return s.n > 0 ? nft_run(&b) : 0;
}

/* What was listed may have gone before it was changed. */
static bool is_outdated(int r)
{
	return r == -ENOENT || r == -EAGAIN;
}

int firewall_rules_set(const FirewallRules *rules, Error *err)
{
	int r = -EAGAIN;

	for (unsigned i = 0; i < TRIES && is_outdated(r); i++)
		r = try_set(rules);
	return r < 0 ? fail_errno(err, r, "let the pod's traffic through the packet filter") : 0;
}

static int try_check(const FirewallRules *rules, Error *err)
{
	_cleanup_(chains_done) Chains chains = {.n = 0};
	int r = list_chains(&chains);

	for (size_t i = 0; i < chains.n && r == 0; i++) {
		const NftPlace *place = &chains.items[i].place;
		Search s = {.chosen = owner_is, .userdata = owner_of(rules), .place = place};

		r = nft_list_rules(place, find, &s);
		if (r == 0 && s.n < add_rules(NULL, &chains.items[i], rules))
			return fail(err, -ENOENT,
				"chain %s of table %s does not have the pod's rules", place->chain,
				place->table);
	}
	return r < 0 ? fail_errno(err, r, "list the rules of the packet filter") : 0;
}

int firewall_rules_check(const FirewallRules *rules, Error *err)
{
	int r = -EAGAIN;

	for (unsigned i = 0; i < TRIES && r == -EAGAIN; i++)
		r = try_check(rules, err);
	return r;
}

/* The table stays as long as anybody has something in it. */
static int drop_own_chains(void)
{
	NetlinkBatch b;
	int r;

	nft_begin(&b);
	nft_delete_empty_chain(&b, ISOLATE);
	nft_delete_empty_chain(&b, ISOLATED);
	r = nft_run(&b);
	if (r == -EBUSY)
		return 0;
	return r < 0 && r != -ENOENT ? r : table_drop();
}

/* *ret_more tells whether there may be others still. */
static int try_remove(OwnerChoice *chosen, void *userdata, bool *ret_more)
{
	_cleanup_(chains_done) Chains chains = {.n = 0};
	NetlinkBatch b;
	Search s = {.chosen = chosen, .userdata = userdata, .deletions = &b};
	int r = list_chains(&chains);

	nft_begin(&b);
	if (r == 0)
		r = search_chains(&chains, &s);
	if (r < 0 || s.n == 0)
		return r;
	*ret_more = r > 0;
	r = nft_run(&b);
	return r < 0 ? r : drop_own_chains();
}

int firewall_rules_remove(OwnerChoice *chosen, void *userdata, Error *err)
{
	bool more = true;
	int r = 0;

	for (unsigned i = 0; i < TRIES && (more || is_outdated(r));) {
		more = false;
		r = try_remove(chosen, userdata, &more);
		i += r < 0;
		if (r < 0 && !is_outdated(r))
			break;
	}
	return r < 0 ? fail_errno(err, r, "take rules out of the packet filter") : 0;
}
