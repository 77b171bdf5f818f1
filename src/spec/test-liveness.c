/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/liveness.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void whole(void **state)
{
	_cleanup_(arena_done) Arena arena = {0};
	Liveness l;

	(void)state;
	assert_int_equal(liveness_parse(NULL, &arena, &l, NULL), 0);
	assert_int_equal(l.kind, LIVENESS_NONE);
	assert_int_equal(liveness_parse("tcp=80", &arena, &l, NULL), 0);
	assert_int_equal(l.kind, LIVENESS_TCP);
	assert_int_equal(l.port, 80);
	assert_int_equal(l.interval, 10000);
	assert_int_equal(l.timeout, 1000);
	assert_int_equal(l.delay, 10000);
	assert_int_equal(l.failures, 3);
	assert_int_equal(
		liveness_parse("timeout=250ms,failures=1,interval=1m,delay=0,http=8080/a,b=c",
			&arena, &l, NULL),
		0);
	assert_int_equal(l.kind, LIVENESS_HTTP);
	assert_int_equal(l.port, 8080);
	assert_string_equal(l.path, "/a,b=c");
	assert_int_equal(l.interval, 60000);
	assert_int_equal(l.timeout, 250);
	assert_int_equal(l.delay, 0);
	assert_int_equal(l.failures, 1);
	assert_int_equal(liveness_parse("http=1", &arena, &l, NULL), 0);
	assert_string_equal(l.path, "/");
	assert_int_equal(liveness_parse("interval=2s,exec=/bin/a  -x=1,2 b", &arena, &l, NULL), 0);
	assert_int_equal(l.kind, LIVENESS_EXEC);
	assert_int_equal(l.exec.n, 3);
	assert_string_equal(l.exec.items[1], "-x=1,2");
	assert_int_equal(l.delay, 2000);
}

static void refusals(void **state)
{
	static const struct {
		const char *text, *wrong;
	} rows[] = {
		{"", "there is nothing to probe"},
		{"tcp", "\"tcp\" is wrong"},
		{"tcp=0", "\"tcp\" is wrong"},
		{"tcp=65536", "\"tcp\" is wrong"},
		{"tcp=80,failures=1", "\"tcp\" is wrong"},
		{"http=/path", "\"http\" is wrong"},
		{"http=80/a b", "\"http\" is wrong"},
		{"http=80/a\n", "\"http\" is wrong"},
		{"exec= ", "\"exec\" is wrong"},
		{"interval=10", "\"interval\" is wrong"},
		{"interval=99ms,tcp=1", "\"interval\" is wrong"},
		{"delay=-1s,tcp=1", "\"delay\" is wrong"},
		{"timeout=61m,tcp=1", "\"timeout\" is wrong"},
		{"failures=0,tcp=1", "\"failures\" is wrong"},
		{"retries=1,tcp=1", "\"retries\" is wrong"},
		{"interval=1s", "there is nothing to probe"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		_cleanup_(arena_done) Arena arena = {0};
		Liveness l = {.kind = LIVENESS_TCP};
		Error err = ERROR_INIT;
		char message[512];

		assert_int_equal(liveness_parse(rows[i].text, &arena, &l, &err), -EINVAL);
		assert_int_equal(l.kind, LIVENESS_TCP);
		assert_non_null(
			strstr(error_message(&err, message, sizeof message), rows[i].wrong));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
