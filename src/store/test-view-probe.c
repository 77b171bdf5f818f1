/* SPDX-License-Identifier: Apache-2.0 */
#include "isolate/mount.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void kernels(void **state)
{
	static const char *const safe[] = {
		"6.12.2", "6.12.48+deb13-amd64", "6.13.0-rc1", "6.18.44-1", "7.0", "10.1.1"};
	static const char *const others[] = {"6.12.1", "6.12.0-55.el10", "6.12", "6.12-rc3",
		"6.1.0-40-amd64", "5.15.200", "", "x"};

	for (size_t i = 0; i < ARRAY_LEN(safe); i++)
		assert_true(mount_release_knows_views(safe[i]));
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_false(mount_release_knows_views(others[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
