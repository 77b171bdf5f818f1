/* SPDX-License-Identifier: Apache-2.0 */
#include "service/metadata/signer.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <sys/random.h>
#include "base/cleanup.h"
#include "base/number.h"

#define UUID_BYTES 16

int signer_init(Signer *s, Error *err)
{
	if (getrandom(s->key, sizeof s->key, 0) != (ssize_t)sizeof s->key)
		return fail_errno(err, -errno, "make a key");
	return 0;
}

static void uuid_to_bytes(const char *uuid, unsigned char ret[static UUID_BYTES])
{
	for (size_t i = 0; i < UUID_BYTES; i++, uuid += 2) {
		if (*uuid == '-')
			uuid++;
		ret[i] =
			(unsigned char)(number_hex_digit(uuid[0]) << 4 | number_hex_digit(uuid[1]));
	}
}

int signer_sign(const Signer *s, const char *uuid, const char *content, size_t len,
	unsigned char ret[static SIGNATURE_SIZE])
{
	_cleanup_free_ unsigned char *message = malloc(UUID_BYTES + len);
	unsigned size = SIGNATURE_SIZE;

	if (!message)
		return -ENOMEM;
	uuid_to_bytes(uuid, message);
	if (len > 0)
		memcpy(message + UUID_BYTES, content, len);
	return HMAC(EVP_sha512(), s->key, sizeof s->key, message, UUID_BYTES + len, ret, &size)
		       ? 0
		       : -ENOMEM;
}

int signer_verify(const Signer *s, const char *uuid, const char *content, size_t len,
	const void *signature, size_t signature_len)
{
	unsigned char right[SIGNATURE_SIZE];
	int r = signer_sign(s, uuid, content, len, right);

	if (r < 0)
		return r;
	return signature_len == sizeof right && CRYPTO_memcmp(right, signature, sizeof right) == 0;
}
