/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* --pull-policy: when an image that is stored already is fetched again. What the words mean is the
 * fetcher's. */

#include "fetch/fetch.h"

/* The word as a policy. -EINVAL for an unknown one (no error text). */
int pull_policy_parse(const char *word, PullPolicy *ret);

/* What the options say: the word, and the deprecated --store-only and --no-store, which go before
 * it. An unknown word means "new", as it always did, with a warning on stderr. -EINVAL when both
 * old options are set. */
int pull_policy_choose(
	const char *word, bool store_only, bool no_store, PullPolicy *ret, Error *err);

const char *pull_policy_name(PullPolicy policy);
