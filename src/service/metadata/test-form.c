/* SPDX-License-Identifier: Apache-2.0 */
#include "service/metadata/form.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* Takes the text in parts of the given size. */
static int take(Form *f, const char *text, size_t len, size_t part)
{
	form_init_urlencoded(f);
	for (size_t i = 0; i < len; i += part)
		form_take(f, text + i, MIN(part, len - i));
	return form_finish(f);
}

/* want: of content; NULL for none. */
static void expect(const char *text, int r, const char *want, size_t want_len)
{
	for (size_t part = 1; part <= 8; part++) {
		const StrBuf *value;
		Form f;

		assert_int_equal(take(&f, text, strlen(text), part), r);
		value = form_value(&f, FORM_CONTENT);
		assert_int_equal(value != NULL, want != NULL);
		if (want) {
			assert_int_equal(value->len, want_len);
			assert_memory_equal(strbuf_text(value), want, want_len);
		}
		form_done(&f);
	}
}

static void values(void **state)
{
	expect("content=abc", 0, "abc", 3);
	expect("uuid=u&content=a+b%26%2B%00%fF&signature=AA==", 0, "a b&+\0\xff", 7);
	expect("content=a=b==", 0, "a=b==", 5);
	expect("con%74ent=x", 0, "x", 1);
	expect("content=", 0, "", 0);
	expect("content", 0, "", 0);
	expect("x&&=&content=y&", 0, "y", 1);
	expect("content=first&content=second", 0, "first", 5);
	expect("content=&content=second", 0, "", 0);
}

static void no_values(void **state)
{
	expect("", 0, NULL, 0);
	expect("Content=x", 0, NULL, 0);
	expect("contents=x", 0, NULL, 0);
	expect("contentcontentcontentcontent=x", 0, NULL, 0);
	expect("content%00=x&x=content", 0, NULL, 0);
}

static void malformed(void **state)
{
	expect("content=%", -EINVAL, "", 0);
	expect("content=%4", -EINVAL, "", 0);
	expect("content=%4g", -EINVAL, "", 0);
	expect("content=%&x=y", -EINVAL, "=y", 2);
	expect("x=%zz&content=y", -EINVAL, "y", 1);
}

static void too_large(void **state)
{
	static const struct {
		const char *name;
		size_t max;
	} cases[] = {{"uuid", 64}, {"signature", 256}, {"content", SIGNER_CONTENT_MAX}};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		_cleanup_free_ char *text = malloc(cases[i].max + 32);
		size_t len = (size_t)snprintf(text, 32, "%s=", cases[i].name);
		Form f;

		memset(text + len, 'x', cases[i].max + 1);
		assert_int_equal(take(&f, text, len + cases[i].max, 4096), 0);
		form_done(&f);
		assert_int_equal(take(&f, text, len + cases[i].max + 1, 4096), -E2BIG);
		form_done(&f);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(no_values),
		cmocka_unit_test(malformed),
		cmocka_unit_test(too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
