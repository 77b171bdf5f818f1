/* SPDX-License-Identifier: Apache-2.0 */
#include "store/digest.h"

#include <openssl/evp.h>
#include <string.h>

struct Digest {
	EVP_MD_CTX *ctx;
};

static const struct {
	const char *name;
	const EVP_MD *(*md)(void);
	size_t hex_len;
} kinds[] = {
	[DIGEST_SHA256] = {"sha256", EVP_sha256, 64},
	[DIGEST_SHA512] = {"sha512", EVP_sha512, 128},
};

Digest *digest_free(Digest *d)
{
	if (d) {
		EVP_MD_CTX_free(d->ctx);
		free(d);
	}
	return NULL;
}

int digest_new(DigestKind kind, Digest **ret, Error *err)
{
	_cleanup_digest_ Digest *d = calloc(1, sizeof *d);

	if (!d)
		return fail_oom(err);
	d->ctx = EVP_MD_CTX_new();
	if (!d->ctx)
		return fail_oom(err);
	if (EVP_DigestInit_ex(d->ctx, kinds[kind].md(), NULL) != 1)
		return fail(err, -ENOTSUP, "libcrypto offers no %s", kinds[kind].name);
	*ret = TAKE_PTR(d);
	return 0;
}

int digest_update(Digest *d, const void *data, size_t len, Error *err)
{
	if (EVP_DigestUpdate(d->ctx, data, len) != 1)
		return fail(err, -EIO, "libcrypto failed to compute a digest");
	return 0;
}

static void write_hex(const unsigned char *bytes, size_t n, char *ret)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*ret++ = digits[bytes[i] >> 4];
		*ret++ = digits[bytes[i] & 15];
	}
	*ret = '\0';
}

int digest_finish(Digest *d, char ret[static DIGEST_HEX_MAX + 1], Error *err)
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned n;

	if (EVP_DigestFinal_ex(d->ctx, bytes, &n) != 1)
		return fail(err, -EIO, "libcrypto failed to compute a digest");
	write_hex(bytes, n, ret);
	return 0;
}

int digest_buffer(DigestKind kind, const void *data, size_t len,
	char ret[static DIGEST_HEX_MAX + 1], Error *err)
{
	_cleanup_digest_ Digest *d = NULL;
	int r;

	r = digest_new(kind, &d, err);
	if (r == 0)
		r = digest_update(d, data, len, err);
	return r < 0 ? r : digest_finish(d, ret, err);
}

int digest_parse(const char *text, DigestKind *ret_kind, const char **ret_hex)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		const char *hex = startswith(text, kinds[i].name);

		if (!hex || *hex++ != ':')
			continue;
		if (strlen(hex) != kinds[i].hex_len || hex[strspn(hex, "0123456789abcdef")])
			return -EINVAL;
		*ret_kind = (DigestKind)i;
		*ret_hex = hex;
		return 0;
	}
	return -EINVAL;
}

const char *digest_kind_name(DigestKind kind)
{
	return kinds[kind].name;
}
