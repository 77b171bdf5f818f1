/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What one pod has in the host's packet filter besides the maps of all: rules that let its traffic
 * through, in the chains of others which drop what no rule accepts (an accept in a chain of our own
 * would not keep them from it), and rules that keep others from it, in our own table. A comment
 * says whose they are, and nothing else remembers them. */

#include "net/address.h"
#include "net/nft-list.h"
#include "net/owner.h"

typedef struct FirewallRules {
	const char *owner;        /* the comment: less than NFT_COMMENT bytes, and nobody else's */
	const Address *addresses; /* the pod's, that are let through */
	size_t n_addresses;
	const char *isolated; /* the host's interface to it, which others of this kind do not reach;
				 NULL: none */
} FirewallRules;

/* Sets them, in place of what the owner has. All or nothing; 0 or a negative errno. */
int firewall_rules_set(const FirewallRules *rules, Error *err);

/* Whether they are where they would be set now: 0, -ENOENT (err names a chain) or another negative
 * errno. */
int firewall_rules_check(const FirewallRules *rules, Error *err);

/* Takes away the rules of all owners that are chosen. 0 or a negative errno. */
int firewall_rules_remove(OwnerChoice *chosen, void *userdata, Error *err);
