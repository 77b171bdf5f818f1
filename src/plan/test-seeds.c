/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/plan.h"

#include <dirent.h>
#include "base/fd.h"

/* Behind the project's headers: cmocka's fail() is meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

/* What the fuzzer begins with is of this version of the format, or it would never get further than
 * the header. */
static void seeds(void **state)
{
	DIR *dir = opendir(PLAN_SEEDS);
	const struct dirent *entry;
	unsigned n = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		_cleanup_free_ char *data = NULL;
		size_t len;
		Plan p;

		if (entry->d_name[0] == '.')
			continue;
		assert_int_equal(
			fd_read_file(dirfd(dir), entry->d_name, PLAN_SIZE_MAX, &data, &len, NULL),
			0);
		if (plan_load(&p, data, len) < 0)
			fail_msg(
				"%s is no plan: make it anew with UPDATE_GOLDENS=1", entry->d_name);
		n++;
	}
	assert_true(n > 10);
	(void)closedir(dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(seeds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
