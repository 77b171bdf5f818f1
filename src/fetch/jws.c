/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/jws.h"

#include "base/json.h"
#include "base/strbuf.h"
#include "fetch/base64.h"

/* Base 64 in the alphabet of URLs (RFC 4648, section 5). */
static int decode(const char *text, char **ret, size_t *ret_len)
{
	_cleanup_free_ char *copy = text ? strdup(text) : NULL;

	if (!copy)
		return text ? -ENOMEM : -EINVAL;
	for (char *c = copy; *c; c++)
		*c = (char)(*c == '-' ? '+' : *c == '_' ? '/' : *c);
	return base64_decode(copy, strlen(copy), ret, ret_len);
}

/* The header of a signature says where the signed part ends in the text, and how it goes on from
 * there without the signatures. */
static int cut(const char *text, size_t len, const Json *header, char **ret, size_t *ret_len)
{
	_cleanup_strbuf_ StrBuf payload = STRBUF_INIT(len + 4096);
	_cleanup_free_ char *tail = NULL;
	int64_t length = json_integer(json_get(header, "formatLength"));
	size_t tail_len = 0;
	int r = decode(json_text(json_get(header, "formatTail")), &tail, &tail_len);

	if (r < 0)
		return r;
	if (length <= 0 || (uint64_t)length > len)
		return -EINVAL;
	strbuf_add(&payload, text, (size_t)length);
	strbuf_add(&payload, tail, tail_len);
	r = strbuf_finish(&payload, ret, ret_len);
	return r == -E2BIG ? -EINVAL : r;
}

int jws_payload(const char *text, size_t len, char **ret, size_t *ret_len, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_free_ char *protected = NULL;
	size_t protected_len = 0;
	const Json *signature;
	Json *root, *header = NULL;
	int r = json_parse(&arena, text, len, "manifest", &root, err);

	if (r < 0)
		return r;
	signature = json_first(json_get(root, "signatures"));
	if (!signature) {
		*ret = strndup(text, len);
		*ret_len = len;
		return *ret ? 0 : fail_oom(err);
	}
	r = decode(json_text(json_get(signature, "protected")), &protected, &protected_len);
	if (r == 0)
		r = json_parse(&arena, protected, protected_len, "signature", &header, err);
	if (r == 0)
		r = cut(text, len, header, ret, ret_len);
	return r < 0 ? fail_errno(err, r, "the signature of the manifest has an unknown form") : 0;
}
