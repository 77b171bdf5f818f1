/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static void expect(const char *cells, const char *text)
{
	_cleanup_strbuf_ StrBuf out = STRBUF_INIT(1 << 16);

	assert_int_equal(table_align(cells, &out), 0);
	assert_string_equal(strbuf_text(&out), text);
}

static void test_titles_alone(void **state)
{
	expect("UUID\tAPP\tIMAGE NAME\tSTATE\tCREATED\tSTARTED\tNETWORKS\n",
		"UUID\tAPP\tIMAGE NAME\tSTATE\tCREATED\tSTARTED\tNETWORKS\n");
}

static void test_pods(void **state)
{
	expect("UUID\tAPP\tIMAGE NAME\tSTATE\tCREATED\tSTARTED\tNETWORKS\n"
	       "a4297440\tone\texample.com/busybox:1.0\trunning\t6 seconds ago\t4 seconds ago\t"
	       "default:ip4=172.16.28.2\n"
	       "\ttwo\texample.com/busybox:1.0\t\t\t\t\n",
		"UUID\t\tAPP\tIMAGE NAME\t\tSTATE\tCREATED\t\tSTARTED\t\tNETWORKS\n"
		"a4297440\tone\texample.com/busybox:1.0\trunning\t6 seconds ago\t4 seconds ago\t"
		"default:ip4=172.16.28.2\n"
		"\t\ttwo\texample.com/busybox:1.0\t\t\t\t\t\t\n");
}

static void test_images(void **state)
{
	expect("ID\tNAME\tSIZE\tIMPORT TIME\tLAST USED\n"
	       "sha512-e213b0761271\texample.com/busybox:1.0\t1.9MiB\tnow\tnow\n",
		"ID\t\t\tNAME\t\t\tSIZE\tIMPORT TIME\tLAST USED\n"
		"sha512-e213b0761271\texample.com/busybox:1.0\t1.9MiB\tnow\t\tnow\n");
}

/* A line without a column ends the block above it. */
static void test_blocks(void **state)
{
	expect("a\tb\n"
	       "\n"
	       "much longer\tc\n"
	       "title\n"
	       "d\te\n",
		"a\tb\n"
		"\n"
		"much longer\tc\n"
		"title\n"
		"d\te\n");
}

static void test_characters_not_bytes(void **state)
{
	expect("äöüäöü\tx\n1234567\ty\n", "äöüäöü\tx\n1234567\ty\n");
	expect("12345678\tx\n1\ty\n", "12345678\tx\n1\t\ty\n");
}

static void test_nothing(void **state)
{
	expect("", "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_titles_alone),
		cmocka_unit_test(test_pods),
		cmocka_unit_test(test_images),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_characters_not_bytes),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
