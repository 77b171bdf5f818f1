/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/progress-line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/macro.h"

static void test_bytes(void **state)
{
	static const struct {
		double bytes;
		const char *text;
	} rows[] = {{0, "0 B"}, {999, "999 B"}, {1000, "1.00 kB"}, {3720000, "3.72 MB"},
		{45600000, "45.6 MB"}, {456000000, "456 MB"}, {999900, "1.00 MB"},
		{5e12, "5.00 TB"}};
	char buf[32];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		progress_bytes_format(rows[i].bytes, buf, sizeof buf);
		assert_string_equal(buf, rows[i].text);
	}
}

static void test_a_finished_download_as_rkt_shows_it(void **state)
{
	ProgressLine line = {"sha256:6089112fedd", 3720000, 3720000, 0.1};
	char buf[PROGRESS_LINE_MAX];

	progress_line_format(&line, 79, buf, sizeof buf);
	assert_string_equal(buf,
		"Downloading sha256:6089112fedd [============================] 3.72 MB / 3.72 MB");
}

static void test_speed_and_time_left(void **state)
{
	ProgressLine line = {"sha256:6089112fedd", 1000000, 4000000, 2};
	char buf[PROGRESS_LINE_MAX];

	progress_line_format(&line, 99, buf, sizeof buf);
	assert_string_equal(buf, "Downloading sha256:6089112fedd [========>                        "
				 " ] 1.00 MB / 4.00 MB "
				 "500 kB/s 0:06");
	line.total = -1;
	progress_line_format(&line, 99, buf, sizeof buf);
	assert_string_equal(buf, "Downloading sha256:6089112fedd 1.00 MB 500 kB/s");
}

static void test_no_line_is_wider_than_the_terminal(void **state)
{
	static const ProgressLine lines[] = {{"sha256:6089112fedd", 1, 1ll << 60, 1e6},
		{"sha256:6089112fedd", 1000000, 4000000, 2},
		{"sha256:6089112fedd", 5000000, 4000000, 2}, {"x", 0, 0, 0},
		{"x", 1u << 30, -1, 3}};
	char buf[PROGRESS_LINE_MAX];

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		for (size_t width = 1; width < PROGRESS_LINE_MAX; width++) {
			progress_line_format(&lines[i], width, buf, sizeof buf);
			assert_true(strlen(buf) <= width);
			assert_true(strlen(buf) > 0);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_a_finished_download_as_rkt_shows_it),
		cmocka_unit_test(test_speed_and_time_left),
		cmocka_unit_test(test_no_line_is_wider_than_the_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
