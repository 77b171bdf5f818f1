/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/restart-policy.h"

#include "base/number.h"

static int parse_mode(const char *text, RestartPolicy *policy)
{
	const char *max = startswith(text, "on-failure:");
	int64_t n;
	int r;

	if (streq(text, "no"))
		return 0;
	policy->mode = streq(text, "always") ? RESTART_ALWAYS : RESTART_ON_FAILURE;
	if (!max)
		return streq(text, "always") || streq(text, "on-failure") ? 0 : -EINVAL;
	r = number_parse_i64(max, 1, UINT16_MAX, &n);
	if (r == 0)
		policy->max = (uint16_t)n;
	return r;
}

int restart_policy_parse(const char *text, RestartPolicy *ret, Error *err)
{
	RestartPolicy policy = {.mode = RESTART_NO};

	if (text && parse_mode(text, &policy) < 0)
		return fail(err, -EINVAL,
			"invalid restart policy \"%s\": must be one of no, on-failure, "
			"on-failure:N with N from 1 to %d, and always",
			text, UINT16_MAX);
	*ret = policy;
	return 0;
}

int restart_policy_of(const NameValues *annotations, RestartPolicy *ret, Error *err)
{
	return restart_policy_parse(name_values_find(annotations, RESTART_ANNOTATION), ret, err);
}
