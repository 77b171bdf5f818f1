/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/public-key.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 16384

static bool is_known_curve(const EVP_PKEY *key)
{
	static const char *const curves[] = {SN_X9_62_prime256v1, SN_secp384r1, SN_secp521r1};
	char name[64];
	size_t len;

	if (EVP_PKEY_get_group_name(key, name, sizeof name, &len) != 1)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(curves); i++)
		if (streq(curves[i], name))
			return true;
	return false;
}

static bool is_known_kind(const EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);

	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_EC: return is_known_curve(key);
	case EVP_PKEY_RSA: return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX;
	case EVP_PKEY_ED25519: return true;
	default: return false;
	}
}

int public_key_parse(const char *pem, size_t len, const char *what, PublicKey **ret, Error *err)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)MIN(len, (size_t)PUBLIC_KEY_FILE_MAX));
	_cleanup_public_key_ EVP_PKEY *key =
		bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;

	(void)BIO_free(bio);
	ERR_clear_error();
	if (!bio)
		return fail_oom(err);
	if (!key)
		return fail(err, -EINVAL, "%s is no public key in PEM form", what);
	if (!is_known_kind(key))
		return fail(err, -EINVAL,
			"%s is no key of ECDSA (P-256, P-384, P-521), Ed25519 or RSA (%d bits or "
			"more)",
			what, RSA_BITS_MIN);
	*ret = TAKE_PTR(key);
	return 0;
}

PublicKey *public_key_free(PublicKey *key)
{
	EVP_PKEY_free(key);
	return NULL;
}

/* 1, 0, or -ENOMEM. */
static int verifies(PublicKey *key, const EVP_MD *hash, const void *signature, size_t signature_len,
	const void *data, size_t len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	int r;

	if (!context)
		return -ENOMEM;
	r = EVP_DigestVerifyInit(context, NULL, hash, NULL, key) == 1 &&
	    EVP_DigestVerify(context, signature, signature_len, data, len) == 1;
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return r;
}

int public_key_verifies(
	PublicKey *key, const void *signature, size_t signature_len, const void *data, size_t len)
{
	int kind = EVP_PKEY_get_base_id(key), bits = EVP_PKEY_get_bits(key), r;

	if (kind == EVP_PKEY_ED25519)
		return verifies(key, NULL, signature, signature_len, data, len);
	r = verifies(key, EVP_sha256(), signature, signature_len, data, len);
	if (r != 0 || kind != EVP_PKEY_EC || bits <= 256)
		return r;
	return verifies(key, bits == 384 ? EVP_sha384() : EVP_sha512(), signature, signature_len,
		data, len);
}
