/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/stream-modes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* Annotations of an app; NULL: it has none of the name. */
static int modes_of(const char *const texts[3], StreamMode ret[3], Error *err)
{
	NameValue items[3];
	NameValues annotations = {.items = items};

	for (unsigned i = 0; i < 3; i++)
		if (texts[i])
			items[annotations.n++] =
				(NameValue){.name = stream_annotations[i], .value = texts[i]};
	return stream_modes_of(&annotations, ret, err);
}

static void modes(void **state)
{
	static const struct {
		const char *texts[3];
		StreamMode want[3];
	} rows[] = {
		{{NULL, NULL, NULL}, {STREAM_MODE_NULL, STREAM_MODE_LOG, STREAM_MODE_LOG}},
		{{"stream", "stream", "stream"},
			{STREAM_MODE_STREAM, STREAM_MODE_STREAM, STREAM_MODE_STREAM}},
		{{"tty", "log", "null"}, {STREAM_MODE_TTY, STREAM_MODE_LOG, STREAM_MODE_NULL}},
		{{"null", "tty", NULL}, {STREAM_MODE_NULL, STREAM_MODE_TTY, STREAM_MODE_LOG}},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		StreamMode got[3];

		assert_int_equal(modes_of(rows[i].texts, got, NULL), 0);
		assert_memory_equal(got, rows[i].want, sizeof got);
	}
}

static void refusals(void **state)
{
	static const struct {
		const char *texts[3], *message;
	} rows[] = {
		{{"log", NULL, NULL},
			"invalid stdin mode \"log\": must be one of null, stream and tty"},
		{{NULL, "interactive", NULL}, "invalid stdout mode \"interactive\": must be one of "
					      "log, null, stream and tty"},
		{{NULL, NULL, ""},
			"invalid stderr mode \"\": must be one of log, null, stream and tty"},
		{{"tty", "stream", NULL},
			"stdin mode \"tty\" does not go together with stdout mode \"stream\": an "
			"app has a terminal or streams (try stdout mode \"tty\")"},
		{{"stream", NULL, "tty"},
			"stderr mode \"tty\" does not go together with stdin mode \"stream\": an "
			"app has a terminal or streams (try stdin mode \"tty\")"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		Error err = ERROR_INIT;
		StreamMode got[3];

		assert_int_equal(modes_of(rows[i].texts, got, &err), -EINVAL);
		assert_string_equal(err.frames[0].text, rows[i].message);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(modes),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
