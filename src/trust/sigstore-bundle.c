/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/sigstore-bundle.h"

#include "base/json.h"
#include "base/strbuf.h"

#define PAYLOAD_TYPE "application/vnd.in-toto+json"

static bool is_one_of(const char *text, const char *const *words, size_t n)
{
	for (size_t i = 0; text && i < n; i++)
		if (streq(text, words[i]))
			return true;
	return false;
}

static int read_envelope(const Json *envelope, SigstoreBundle *ret, Error *err)
{
	const char *type = json_text(json_get(envelope, "payloadType"));
	const Json *signatures = json_get(envelope, "signatures");

	ret->content = SIGSTORE_STATEMENT;
	ret->payload = json_text(json_get(envelope, "payload"));
	ret->signature = json_text(json_get(json_first(signatures), "sig"));
	if (!type || !streq(type, PAYLOAD_TYPE))
		return fail(err, -EINVAL, "the bundle is that of something else than a statement");
	if (json_count(signatures) != 1)
		return fail(err, -EINVAL, "the bundle has to have one signature");
	return ret->payload ? 0 : fail(err, -EINVAL, "the bundle has no statement");
}

static int read_message(const Json *message, SigstoreBundle *ret)
{
	ret->content = SIGSTORE_MESSAGE;
	ret->signature = json_text(json_get(message, "signature"));
	return 0;
}

int sigstore_bundle_parse(
	const char *text, size_t len, Arena *arena, SigstoreBundle *ret, Error *err)
{
	static const char *const versions[] = {SIGSTORE_BUNDLE_MEDIA_TYPE ".v0.3+json",
		SIGSTORE_BUNDLE_MEDIA_TYPE "+json;version=0.3",
		SIGSTORE_BUNDLE_MEDIA_TYPE "+json;version=0.2",
		SIGSTORE_BUNDLE_MEDIA_TYPE "+json;version=0.1"};
	const Json *material, *envelope, *message;
	SigstoreBundle bundle = {.content = SIGSTORE_KEYLESS};
	Json *root;
	int r = json_parse(arena, text, len, "bundle", &root, err);

	if (r < 0)
		return r;
	if (!is_one_of(json_text(json_get(root, "mediaType")), versions, ARRAY_LEN(versions)))
		return fail(err, -EINVAL, "it is no sigstore bundle of a version that is known");
	material = json_get(root, "verificationMaterial");
	envelope = json_get(root, "dsseEnvelope");
	message = json_get(root, "messageSignature");
	if (!envelope == !message)
		return fail(err, -EINVAL, "the bundle has to have one envelope or one message");
	if (!json_get(material, "certificate") && !json_get(material, "x509CertificateChain")) {
		r = envelope ? read_envelope(envelope, &bundle, err)
			     : read_message(message, &bundle);
		if (r == 0 && !bundle.signature)
			r = fail(err, -EINVAL, "the bundle has no signature");
	}
	if (r == 0)
		*ret = bundle;
	return r;
}

int sigstore_statement_signed(const char *statement, size_t len, char **ret, size_t *ret_len)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(len + 128);

	strbuf_printf(&text, "DSSEv1 %zu %s %zu ", strlen(PAYLOAD_TYPE), PAYLOAD_TYPE, len);
	strbuf_add(&text, statement, len);
	return strbuf_finish(&text, ret, ret_len);
}

/* A subject's digest by SHA-256, as OCI writes it; "" for none. */
static const char *digest_of(const Json *subject, Arena *arena)
{
	const char *hex = json_text(json_get(json_get(subject, "digest"), "sha256"));
	_cleanup_free_ char *digest = NULL;

	if (!hex)
		return "";
	return str_format(&digest, "sha256:%s", hex) < 0 ? NULL : arena_strdup(arena, digest);
}

int sigstore_statement_parse(const char *text, size_t len, const char *digest, Arena *arena,
	SigstoreStatement *ret, Error *err)
{
	static const char *const types[] = {
		"https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1"};
	SigstoreStatement found = {NULL};
	const char *predicate;
	Json *root;
	int r = json_parse(arena, text, len, "statement", &root, err);

	if (r < 0)
		return r;
	predicate = json_text(json_get(root, "predicateType"));
	if (!is_one_of(json_text(json_get(root, "_type")), types, ARRAY_LEN(types)) || !predicate)
		return fail(
			err, -EINVAL, "what was signed is no statement of a kind that is known");
	if (!streq(predicate, SIGSTORE_SIGNED_IMAGE))
		return fail(err, -EINVAL,
			"what was signed is a statement about the image, \"%s\", and not the image",
			predicate);
	for (const Json *subject = json_first(json_get(root, "subject"));
		subject && (!found.digest || !streq(found.digest, digest));
		subject = subject->next) {
		found.digest = digest_of(subject, arena);
		if (!found.digest)
			return fail_oom(err);
		found.name = json_text(json_get(subject, "name"));
	}
	if (!found.digest)
		return fail(err, -EINVAL, "what was signed names no image");
	*ret = found;
	return 0;
}
