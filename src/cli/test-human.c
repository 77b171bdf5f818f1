/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/human.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include "base/macro.h"

#define SECOND INT64_C(1000000000)
#define DAY    (24 * 3600)
#define YEAR   (360 * DAY)

static void test_past(void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} cases[] = {
		{0, "now"},
		{1, "1 second ago"},
		{2, "2 seconds ago"},
		{59, "59 seconds ago"},
		{60, "1 minute ago"},
		{119, "1 minute ago"},
		{120, "2 minutes ago"},
		{3599, "59 minutes ago"},
		{3600, "1 hour ago"},
		{7200, "2 hours ago"},
		{DAY - 1, "23 hours ago"},
		{DAY, "1 day ago"},
		{2 * DAY, "2 days ago"},
		{7 * DAY - 1, "6 days ago"},
		{7 * DAY, "1 week ago"},
		{14 * DAY, "2 weeks ago"},
		{30 * DAY - 1, "4 weeks ago"},
		{30 * DAY, "1 month ago"},
		{60 * DAY, "2 months ago"},
		{YEAR - 1, "11 months ago"},
		{YEAR, "1 year ago"},
		{540 * DAY, "2 years ago"},
		{2 * YEAR, "2 years ago"},
		{3 * YEAR, "3 years ago"},
		{INT64_C(37) * YEAR - 1, "36 years ago"},
		{INT64_C(37) * YEAR, "a long while ago"},
	};
	char buf[HUMAN_TEXT];
	int64_t now = INT64_C(50) * YEAR * SECOND;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(
			human_time(now - cases[i].seconds * SECOND, now, buf), cases[i].text);
	assert_string_equal(human_time(0, now, buf), "a long while ago");
	assert_string_equal(human_time(now - SECOND + 1, now, buf), "now");
}

static void test_future(void **state)
{
	char buf[HUMAN_TEXT];

	assert_string_equal(human_time(90 * SECOND, 0, buf), "1 minute from now");
	assert_string_equal(human_time(SECOND / 2, 0, buf), "now");
}

static void test_size(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{0, "0B"},
		{7, "7B"},
		{10, "10B"},
		{1023, "1023B"},
		{1024, "1.0KiB"},
		{1536, "1.5KiB"},
		{1993728, "1.9MiB"},
		{13107200, "12MiB"}, /* 12.5: halves to even */
		{14155776, "14MiB"}, /* 13.5 */
		{17825792, "17MiB"},
		{UINT64_C(3) << 40, "3.0TiB"},
		{UINT64_MAX, "16EiB"},
	};
	char buf[HUMAN_TEXT];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_string_equal(human_size(cases[i].bytes, buf), cases[i].text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_past),
		cmocka_unit_test(test_future),
		cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
