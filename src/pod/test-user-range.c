/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/user-range.h"

#include <fcntl.h>
#include <stdio.h>
#include "base/fd.h"
#include "pod/test-fixture.h"

static void forms(void **state)
{
	static const char *const bad[] = {"", ":", "1:", ":1", "1", "1:2:3", "1:0", "-1:5", "a:5",
		"1:b", " 1:2", "1:2 ", "1:2\n\n", "1:2\nx", "4294967295:1", "4294901760:65536",
		"18446744073709551616:1", "000000000000000000000000000000000001:1"};
	UserRange range = {7, 7};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(user_range_parse(bad[i], &range), -EINVAL);
		assert_int_equal(range.first, 7);
		assert_int_equal(range.n, 7);
	}
	assert_int_equal(user_range_parse("65536:65536", &range), 0);
	assert_int_equal(range.first, 65536);
	assert_int_equal(range.n, 65536);
	assert_int_equal(user_range_parse("100000:1000\n", &range), 0);
	assert_int_equal(range.first, 100000);
	assert_int_equal(range.n, 1000);
}

static void write_range(const Pod *p, unsigned first, unsigned n)
{
	char text[64];

	(void)snprintf(text, sizeof text, "%u:%u", first, n);
	fixture_write(p, USER_RANGE_FILE, text);
}

/* Whatever chance says first, what comes out is what nobody has. */
static void chooses_the_only_free_one(void **state)
{
	Fixture *f = *state;
	_cleanup_pod_ Pod *low = fixture_pod(f, "prepared"),
			  *high = fixture_pod(f, "exited-garbage");
	_cleanup_pod_ Pod *broken = fixture_pod(f, "run");
	UserRange range;
	Error err = ERROR_INIT;

	write_range(low, 1 * USER_RANGE_SIZE, 41 * USER_RANGE_SIZE);
	/* Not at a multiple, and so it takes what it begins in. */
	write_range(high, 43 * USER_RANGE_SIZE + 5, (USER_RANGE_LAST - 43) * USER_RANGE_SIZE);
	fixture_write(broken, USER_RANGE_FILE, "nonsense");
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(user_range_find_free(&f->pods, &range, &err), 0);
		assert_int_equal(range.first, 42 * USER_RANGE_SIZE);
		assert_int_equal(range.n, USER_RANGE_SIZE);
	}
	assert_int_equal(user_range_assign(&f->pods, broken, &range, &err), 0);
	assert_int_equal(range.first, 42 * USER_RANGE_SIZE);
	assert_int_equal(user_range_find_free(&f->pods, &range, &err), -EUSERS);
	assert_non_null(strstr(fixture_origin(&err), "all ranges of users are taken"));
}

static void a_pod_keeps_its_range(void **state)
{
	Fixture *f = *state;
	_cleanup_pod_ Pod *p = fixture_pod(f, "run"), *plain = fixture_pod(f, "run");
	_cleanup_free_ char *text = NULL;
	UserRange range, again;
	char want[64];
	Error err = ERROR_INIT;

	assert_int_equal(user_range_assign(&f->pods, p, &range, &err), 0);
	assert_int_equal(range.first % USER_RANGE_SIZE, 0);
	assert_in_range(range.first / USER_RANGE_SIZE, 1, USER_RANGE_LAST);
	(void)snprintf(want, sizeof want, "%u:65536", range.first);
	assert_int_equal(fd_read_file(p->fd, "private-users-prepared", 64, &text, NULL, NULL), 0);
	assert_string_equal(text, want);
	assert_int_equal(user_range_read(p, &again, &err), 0);
	assert_int_equal(again.first, range.first);
	assert_int_equal(again.n, range.n);
	assert_int_equal(user_range_read(plain, &again, &err), 0);
	assert_int_equal(again.n, 0);
	fixture_write(plain, USER_RANGE_FILE, "1:x");
	assert_int_equal(user_range_read(plain, &again, &err), -EINVAL);
	assert_non_null(strstr(fixture_origin(&err), "\"1:x\" is no range of users"));
}

static void no_pods_at_all(void **state)
{
	const Pods none = {.fd = -1};
	UserRange range = {0};

	assert_int_equal(user_range_find_free(&none, &range, NULL), 0);
	assert_int_equal(range.n, USER_RANGE_SIZE);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		TEST(chooses_the_only_free_one),
		TEST(a_pod_keeps_its_range),
		cmocka_unit_test(no_pods_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
