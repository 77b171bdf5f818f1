/* SPDX-License-Identifier: Apache-2.0 */
#include "service/metadata/signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

#define UUID "01234567-89ab-4def-8123-456789abcdef"

/* What "openssl dgst -sha512 -mac HMAC" makes of the UUID's bytes and "hello", by a key of 64 "k".
 */
static const unsigned char known[SIGNATURE_SIZE] = {0x2b, 0x0f, 0xa4, 0x98, 0x71, 0x12, 0x00, 0x79,
	0x51, 0x61, 0xa8, 0x90, 0x38, 0xc2, 0x3f, 0x6c, 0x24, 0xfe, 0x9d, 0xae, 0x35, 0xd2, 0xad,
	0x83, 0x67, 0x6c, 0xee, 0x05, 0xab, 0x16, 0x65, 0x52, 0x42, 0xc0, 0xb2, 0xda, 0xad, 0x87,
	0x78, 0x3a, 0x1a, 0x9d, 0xe7, 0x8b, 0xc5, 0x93, 0x57, 0x5c, 0x31, 0xb0, 0xbb, 0x5c, 0xa6,
	0x58, 0x86, 0x23, 0x18, 0x99, 0x75, 0xdb, 0x29, 0x60, 0xca, 0xf5};

static void known_key(void **state)
{
	unsigned char signature[SIGNATURE_SIZE];
	Signer s;

	memset(s.key, 'k', sizeof s.key);
	assert_int_equal(signer_sign(&s, UUID, "hello", 5, signature), 0);
	assert_memory_equal(signature, known, sizeof known);
	assert_int_equal(signer_verify(&s, UUID, "hello", 5, known, sizeof known), 1);
}

static void only_the_right_one(void **state)
{
	unsigned char signature[SIGNATURE_SIZE + 1];
	Signer s;

	memset(s.key, 'k', sizeof s.key);
	memcpy(signature, known, sizeof known);
	assert_int_equal(signer_verify(&s, UUID, "hellp", 5, known, sizeof known), 0);
	assert_int_equal(signer_verify(&s, UUID, "hello", 4, known, sizeof known), 0);
	assert_int_equal(signer_verify(&s, "01234567-89ab-4def-8123-456789abcdee", "hello", 5,
				 known, sizeof known),
		0);
	assert_int_equal(signer_verify(&s, UUID, "hello", 5, known, sizeof known - 1), 0);
	assert_int_equal(signer_verify(&s, UUID, "hello", 5, signature, sizeof signature), 0);
	assert_int_equal(signer_verify(&s, UUID, "hello", 5, known, 0), 0);
	for (size_t i = 0; i < SIGNATURE_SIZE; i++) {
		signature[i] ^= 1;
		assert_int_equal(signer_verify(&s, UUID, "hello", 5, signature, SIGNATURE_SIZE), 0);
		signature[i] ^= 1;
	}
}

static void nothing_signed(void **state)
{
	unsigned char signature[SIGNATURE_SIZE];
	Signer s, other;

	assert_int_equal(signer_init(&s, NULL), 0);
	assert_int_equal(signer_init(&other, NULL), 0);
	assert_int_equal(signer_sign(&s, UUID, NULL, 0, signature), 0);
	assert_int_equal(signer_verify(&s, UUID, NULL, 0, signature, sizeof signature), 1);
	assert_int_equal(signer_verify(&other, UUID, NULL, 0, signature, sizeof signature), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_key),
		cmocka_unit_test(only_the_right_one),
		cmocka_unit_test(nothing_signed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
