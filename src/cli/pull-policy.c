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

static PullPolicy parse(const char *word)
{
	for (unsigned i = 0; i < ARRAY_LEN(names); i++)
		if (streq(word, names[i]))
			return (PullPolicy)i;
	log_line(NULL, "warning: --pull-policy \"%s\" is not one of new, never, update: using new",
		word);
	return PULL_NEW;
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
		*ret = parse(word);
	return 0;
}
