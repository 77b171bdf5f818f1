/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/http-internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static HttpResponse take(const char *line)
{
	HttpResponse re = {0};

	http_header_take(&re, line, strlen(line));
	return re;
}

static void values(void **state)
{
	assert_string_equal(
		take("Content-Type:  text/html; charset=x\r\n").content_type, "text/html");
	assert_string_equal(take("ETAG: \"a b\"\r\n").etag, "\"a b\"");
	assert_string_equal(take("docker-content-digest:sha256:1").digest, "sha256:1");
	assert_true(take("Accept-Ranges: bytes\r\n").accepts_ranges);
	assert_false(take("Accept-Ranges: none\r\n").accepts_ranges);
	assert_int_equal(take("Content-Range: bytes 100-199/200\r\n").range_start, 100);
	assert_int_equal(take("Content-Range: bytes */200\r\n").range_start, 0);
}

static void max_age(void **state)
{
	static const struct {
		const char *line;
		int64_t seconds;
	} cases[] = {
		{"Cache-Control: max-age=3600", 3600},
		{"Cache-Control: public, Max-Age=10", 10},
		{"Cache-Control: max-age=10, no-cache", 0},
		{"Cache-Control: no-store, max-age=10", 0},
		{"Cache-Control: max-age=010", 0},
		{"Cache-Control: max-age=-1", 0},
		{"Cache-Control: max-age=99999999999999999999", 0},
		{"Cache-Control: s-maxage=10", 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(take(cases[i].line).max_age, cases[i].seconds);
}

static void retry_after(void **state)
{
	assert_int_equal(take("Retry-After: 120").retry_after, 120);
	assert_int_equal(take("Retry-After: Fri, 31 Dec 1999 23:59:59 GMT").retry_after, 0);
	assert_int_equal(take("Retry-After: 99999999999").retry_after, 0);
}

static void a_token_is_preferred(void **state)
{
	static const char basic[] = "WWW-Authenticate: Basic realm=x",
			  bearer[] = "WWW-Authenticate: Bearer realm=y";
	HttpResponse re = take(basic);

	http_header_take(&re, bearer, strlen(bearer));
	assert_string_equal(re.challenge, "Bearer realm=y");
	http_header_take(&re, basic, strlen(basic));
	assert_string_equal(re.challenge, "Bearer realm=y");
}

static void long_values(void **state)
{
	char line[2048] = "ETag: ";
	HttpResponse re;

	memset(line + 6, 'x', sizeof line - 7);
	assert_string_equal(take(line).etag, "");
	memcpy(line, "Content-Type: ", 14);
	re = take(line);
	assert_int_equal(strlen(re.content_type), sizeof re.content_type - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(max_age),
		cmocka_unit_test(retry_after),
		cmocka_unit_test(a_token_is_preferred),
		cmocka_unit_test(long_values),
	};

	return cmocka_run_group_tests_name("fetch/http-header", tests, NULL, NULL);
}
