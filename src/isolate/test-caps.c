/* SPDX-License-Identifier: Apache-2.0 */
#include "isolate/caps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/prctl.h>

#include <cmocka.h>

static void names_go_both_ways(void **state)
{
	unsigned n = 0;

	for (; caps_name(n); n++) {
		assert_non_null(startswith(caps_name(n), "CAP_"));
		assert_true(caps_by_name(caps_name(n)) == UINT64_C(1) << n);
		assert_true(caps_by_name(caps_name(n) + 4) == UINT64_C(1) << n);
	}
	assert_true(n >= 41 && n < 64);
	assert_null(caps_name(64));
	assert_null(caps_name(UINT32_MAX));
}

/* Numbers that the kernel will never change. */
static void numbers(void **state)
{
	assert_true(caps_by_name("CAP_CHOWN") == 1);
	assert_true(caps_by_name("CAP_SYS_ADMIN") == UINT64_C(1) << 21);
	assert_true(caps_by_name("CAP_CHECKPOINT_RESTORE") == UINT64_C(1) << 40);
}

static void case_does_not_matter(void **state)
{
	assert_true(caps_by_name("cap_kill") == caps_by_name("CAP_KILL"));
	assert_true(caps_by_name("Kill") == caps_by_name("CAP_KILL"));
}

static void unknown_names(void **state)
{
	static const char *const names[] = {
		"", "CAP_", "CAP_KIL", "CAP_KILLS", "CAP_CAP_KILL", "5"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_true(caps_by_name(names[i]) == 0);
}

static void default_set(void **state)
{
	static const char *const in[] = {"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER",
		"KILL", "MKNOD", "NET_RAW", "NET_BIND_SERVICE", "SETUID", "SETGID", "SETPCAP",
		"SETFCAP", "SYS_CHROOT"};
	uint64_t want = 0;

	for (size_t i = 0; i < ARRAY_LEN(in); i++)
		want |= caps_by_name(in[i]);
	assert_true(caps_default() == want);
}

/* Every capability of the running kernel has a name, or an app would keep one that nobody can take
 * from it. */
static void kernel_knows_no_more(void **state)
{
	unsigned n = 0;

	while (prctl(PR_CAPBSET_READ, (unsigned long)n, 0, 0, 0) >= 0)
		n++;
	assert_true(n > 0);
	assert_non_null(caps_name(n - 1));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_go_both_ways),
		cmocka_unit_test(numbers),
		cmocka_unit_test(case_does_not_matter),
		cmocka_unit_test(unknown_names),
		cmocka_unit_test(default_set),
		cmocka_unit_test(kernel_knows_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
