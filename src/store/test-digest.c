/* SPDX-License-Identifier: Apache-2.0 */
#include "store/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define SHA256_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SHA512_ABC                                                                                 \
	"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"                         \
	"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"

/* The examples of FIPS 180-4. */
static void one_buffer(void **state)
{
	char hex[DIGEST_HEX_MAX + 1];

	assert_int_equal(digest_buffer(DIGEST_SHA256, "abc", 3, hex, NULL), 0);
	assert_string_equal(hex, SHA256_ABC);
	assert_int_equal(digest_buffer(DIGEST_SHA512, "abc", 3, hex, NULL), 0);
	assert_string_equal(hex, SHA512_ABC);
}

static void in_pieces(void **state)
{
	_cleanup_digest_ Digest *d = NULL;
	char hex[DIGEST_HEX_MAX + 1];

	assert_int_equal(digest_new(DIGEST_SHA512, &d, NULL), 0);
	assert_int_equal(digest_update(d, "a", 1, NULL), 0);
	assert_int_equal(digest_update(d, "", 0, NULL), 0);
	assert_int_equal(digest_update(d, "bc", 2, NULL), 0);
	assert_int_equal(digest_finish(d, hex, NULL), 0);
	assert_string_equal(hex, SHA512_ABC);
}

static void parsing(void **state)
{
	DigestKind kind = DIGEST_SHA512;
	const char *hex = NULL;

	assert_int_equal(digest_parse("sha256:" SHA256_ABC, &kind, &hex), 0);
	assert_int_equal(kind, DIGEST_SHA256);
	assert_string_equal(hex, SHA256_ABC);
	assert_int_equal(digest_parse("sha512:" SHA512_ABC, &kind, &hex), 0);
	assert_int_equal(kind, DIGEST_SHA512);
	assert_int_equal(digest_parse("sha256:" SHA512_ABC, &kind, &hex), -EINVAL);
	assert_int_equal(digest_parse("sha256-" SHA256_ABC, &kind, &hex), -EINVAL);
	assert_int_equal(digest_parse("md5:" SHA256_ABC, &kind, &hex), -EINVAL);
	assert_int_equal(digest_parse("sha256:", &kind, &hex), -EINVAL);
	assert_int_equal(digest_parse("sha256:../" SHA256_ABC, &kind, &hex), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_buffer),
		cmocka_unit_test(in_pieces),
		cmocka_unit_test(parsing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
