/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/intake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include "base/strbuf.h"

#define TAR_SIZE 2048 /* all zeros: a tar without members */

static const uint8_t tar[TAR_SIZE];

static int collect(void *userdata, const void *data, size_t len, Error *err)
{
	strbuf_add(userdata, data, len);
	return 0;
}

/* Runs len bytes through the gate; *text gets what it says when it refuses. */
static int run(const IntakeOptions *options, const uint8_t *data, size_t len, size_t step,
	char *text, size_t size)
{
	_cleanup_strbuf_ StrBuf out = STRBUF_INIT(1 << 20);
	_cleanup_intake_ Intake *in = NULL;
	char hex[DIGEST_HEX_MAX + 1];
	Error err = ERROR_INIT;
	int r = intake_new(options, (Sink){collect, &out}, &in, &err);

	for (size_t i = 0; r == 0 && i < len; i += step)
		r = intake_write(in, data + i, MIN(step, len - i), &err);
	if (r == 0)
		r = intake_finish(in, hex, &err);
	if (r == 0) {
		assert_int_equal(out.len, len);
		assert_memory_equal(out.text, data, len);
	}
	(void)error_message(&err, text, size);
	return r;
}

static void tar_digest(char *buf, size_t size)
{
	char hex[DIGEST_HEX_MAX + 1];

	assert_int_equal(digest_buffer(DIGEST_SHA256, tar, sizeof tar, hex, NULL), 0);
	(void)snprintf(buf, size, "sha256:%s", hex);
}

static void test_good_bytes_pass(void **state)
{
	static const size_t steps[] = {1, 511, 512, 513, TAR_SIZE};
	char digest[200], text[ERROR_TEXT];
	IntakeOptions options = {
		.digest = digest, .size = TAR_SIZE, .tar_digest = digest, .max_tar = TAR_SIZE};

	tar_digest(digest, sizeof digest);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		assert_int_equal(run(&options, tar, sizeof tar, steps[i], text, sizeof text), 0);
}

static void test_what_does_not_match_is_refused(void **state)
{
	static const char other[] =
		"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	char digest[200], text[ERROR_TEXT];
	const struct {
		IntakeOptions options;
		int result;
		const char *text;
	} rows[] = {
		{{.size = TAR_SIZE - 1, .max_tar = TAR_SIZE}, -EINVAL,
			"is larger than the 2047 bytes"},
		{{.size = TAR_SIZE + 1, .max_tar = TAR_SIZE}, -EINVAL,
			"is truncated: 2048 bytes of 2049"},
		{{.size = -1, .max_tar = TAR_SIZE - 1}, -EFBIG,
			"unpacks to more than the allowed 2047 bytes"},
		{{.digest = other, .size = -1, .max_tar = TAR_SIZE}, -EINVAL,
			"digest mismatch: it should be"},
		{{.size = -1, .tar_digest = other, .max_tar = TAR_SIZE}, -EINVAL,
			"digest mismatch: its uncompressed tar should be"},
		{{.digest = "md5:0", .size = -1, .max_tar = TAR_SIZE}, -EINVAL,
			"unknown digest \"md5:0\""},
	};

	tar_digest(digest, sizeof digest);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(run(&rows[i].options, tar, sizeof tar, 100, text, sizeof text),
			rows[i].result);
		assert_non_null(strstr(text, rows[i].text));
	}
}

static void test_unknown_kinds_are_refused(void **state)
{
	IntakeOptions options = {.size = -1, .max_tar = TAR_SIZE};
	char text[ERROR_TEXT];

	assert_int_equal(run(&options, (const uint8_t *)"hello", 5, 5, text, sizeof text), -EINVAL);
	assert_string_equal(text, "error: unknown image filetype");
	assert_int_equal(run(&options, tar, 0, 1, text, sizeof text), -EINVAL);
	assert_string_equal(text, "error: unknown image filetype");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_bytes_pass),
		cmocka_unit_test(test_what_does_not_match_is_refused),
		cmocka_unit_test(test_unknown_kinds_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
