/* SPDX-License-Identifier: Apache-2.0 */
#include "base/errno-name.h"
#include "base/signal-name.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/macro.h"

static void signals(void **state)
{
	static const struct {
		const char *name;
		int number;
	} rows[] = {{"TERM", SIGTERM}, {"SIGTERM", SIGTERM}, {"15", 15}, {"CLD", SIGCHLD},
		{"RTMIN", 34}, {"SIGRTMIN+3", 37}, {"RTMIN+30", 64}, {"RTMAX", 64},
		{"RTMAX-30", 34}, {"64", 64}, {"0", 0}, {"65", 0}, {"RTMIN+31", 0}, {"RTMAX-31", 0},
		{"term", 0}, {"SIG", 0}, {"SIG15", 0}, {"", 0}, {"RTMIN+", 0}, {"RTMIN-1", 0}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (signal_by_name(rows[i].name) != rows[i].number)
			fail_msg("%s is %d", rows[i].name, signal_by_name(rows[i].name));
}

static void errors(void **state)
{
	assert_int_equal(errno_by_name("EPERM"), EPERM);
	assert_int_equal(errno_by_name("EWOULDBLOCK"), EAGAIN);
	assert_int_equal(errno_by_name("EDEADLOCK"), EDEADLK);
	assert_int_equal(errno_by_name("ENOTSUP"), EOPNOTSUPP);
	assert_int_equal(errno_by_name("EHWPOISON"), EHWPOISON);
	assert_int_equal(errno_by_name("EPER"), 0);
	assert_int_equal(errno_by_name("eperm"), 0);
	assert_int_equal(errno_by_name(""), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals),
		cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests_name("base/names", tests, NULL, NULL);
}
