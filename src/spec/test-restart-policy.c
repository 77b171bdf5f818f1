/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/restart-policy.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void expect(const char *text, RestartMode mode, unsigned max)
{
	RestartPolicy policy;

	assert_int_equal(restart_policy_parse(text, &policy, NULL), 0);
	assert_int_equal(policy.mode, mode);
	assert_int_equal(policy.max, max);
}

static void policies(void **state)
{
	(void)state;
	expect(NULL, RESTART_NO, 0);
	expect("no", RESTART_NO, 0);
	expect("always", RESTART_ALWAYS, 0);
	expect("on-failure", RESTART_ON_FAILURE, 0);
	expect("on-failure:1", RESTART_ON_FAILURE, 1);
	expect("on-failure:65535", RESTART_ON_FAILURE, 65535);
}

static void refusals(void **state)
{
	static const char *const wrong[] = {"", "yes", "No", "on-failure:", "on-failure:0",
		"on-failure:65536", "on-failure:-1", "on-failure:3x", "always:3", "no:1",
		"unless-stopped"};
	const RestartPolicy untouched = {RESTART_ALWAYS, 7};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		RestartPolicy policy = untouched;
		Error err = {0};

		assert_int_equal(restart_policy_parse(wrong[i], &policy, &err), -EINVAL);
		assert_int_equal(policy.mode, untouched.mode);
		assert_int_equal(policy.max, untouched.max);
	}
}

static void annotation(void **state)
{
	NameValue items[] = {{"other", "x"}, {RESTART_ANNOTATION, "on-failure:3"}};
	const NameValues both = {items, 2}, other = {items, 1};
	RestartPolicy policy;

	(void)state;
	assert_int_equal(restart_policy_of(&both, &policy, NULL), 0);
	assert_int_equal(policy.mode, RESTART_ON_FAILURE);
	assert_int_equal(policy.max, 3);
	assert_int_equal(restart_policy_of(&other, &policy, NULL), 0);
	assert_int_equal(policy.mode, RESTART_NO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policies),
		cmocka_unit_test(refusals),
		cmocka_unit_test(annotation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
