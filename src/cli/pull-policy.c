/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pull-policy.h"

#include <errno.h>
#include "base/log.h"

static const char *const names[] = {
	[PULL_NEW] = "new",
	[PULL_NEVER] = "never",
	[PULL_UPDATE] = "update",
};

const char *pull_policy_name(PullPolicy policy)
{
	return names[policy];
}

int pull_policy_parse(const char *word, PullPolicy *ret)
{
	for (unsigned i = 0; i < ARRAY_LEN(names); i++)
		if (streq(word, names[i])) {
			*ret = (PullPolicy)i;
			return 0;
		}
	return -EINVAL;
}

static PullPolicy parse_or_new(const char *word)
{
	PullPolicy policy = PULL_NEW;

	if (pull_policy_parse(word, &policy) < 0)
		log_line(NULL,
			"warning: --pull-policy \"%s\" is not one of new, never, update: using new",
			word);
	return policy;
}

int pull_policy_choose(
	const char *word, bool store_only, bool no_store, PullPolicy *ret, Error *err)
{
	if (store_only && no_store)
		return fail(err, -EINVAL, "both --store-only and --no-store specified");
	if (store_only)
		*ret = PULL_NEVER;
	else if (no_store)
		*ret = PULL_UPDATE;
	else
		*ret = parse_or_new(word);
	return 0;
}
