/* SPDX-License-Identifier: Apache-2.0 */

/* What one signature is worth. */

#include <fcntl.h>
#include "base/fd.h"
#include "fetch/base64.h"
#include "fetch/public-key.h"
#include "fetch/sigstore.h"
#include "trust/cosign.h"
#include "trust/sigstore-bundle.h"

#define KEY_IN_POLICY "a key in the policy"

static int verifies(const char *pem, size_t len, const char *what, const char *signature,
	size_t signature_len, const char *data, size_t data_len, Error *err)
{
	_cleanup_public_key_ PublicKey *key = NULL;
	int r = public_key_parse(pem, len, what, &key, err);

	if (r == 0)
		r = public_key_verifies(key, signature, signature_len, data, data_len);
	return r == -ENOMEM ? fail_oom(err) : r;
}

/* Whether a key of the requirement has signed the data: 1, 0, or a negative errno. */
static int try_keys(const PolicyRequirement *requirement, const char *signature,
	size_t signature_len, const char *data, size_t data_len, const char **ret, Error *err)
{
	int r = 0;

	for (size_t i = 0; i < requirement->key_paths.n && r == 0; i++) {
		const char *path = requirement->key_paths.items[i];
		_cleanup_free_ char *pem = NULL;
		size_t len;

		r = fd_read_file(AT_FDCWD, path, PUBLIC_KEY_FILE_MAX, &pem, &len, err);
		if (r == 0)
			r = verifies(pem, len, path, signature, signature_len, data, data_len, err);
		*ret = path;
	}
	for (size_t i = 0; i < requirement->key_data.n && r == 0; i++) {
		const char *encoded = requirement->key_data.items[i];
		_cleanup_free_ char *pem = NULL;
		size_t len;

		r = base64_decode(encoded, strlen(encoded), &pem, &len);
		if (r < 0)
			return fail(err, r, "%s is no base 64", KEY_IN_POLICY);
		r = verifies(
			pem, len, KEY_IN_POLICY, signature, signature_len, data, data_len, err);
		*ret = KEY_IN_POLICY;
	}
	return r;
}

/* Which key of the requirement has signed the data: SIGSTORE_GOOD, SIGSTORE_OTHER_KEY, or a
 * negative errno. The signature is in base 64. */
static int find_signer(const PolicyRequirement *requirement, const char *signature,
	const char *data, size_t data_len, const char **ret, Error *err)
{
	_cleanup_free_ char *decoded = NULL;
	size_t len;
	int r = base64_decode(signature, strlen(signature), &decoded, &len);

	if (r == -ENOMEM)
		return fail_oom(err);
	r = r < 0 ? 0 : try_keys(requirement, decoded, len, data, data_len, ret, err);
	if (r != 0)
		return r < 0 ? r : SIGSTORE_GOOD;
	(void)fail(err, -EKEYREJECTED, "no key of the policy has signed it");
	return SIGSTORE_OTHER_KEY;
}

static int other_name(const PolicyRequirement *requirement, const DockerName *name,
	const char *reference, Error *err)
{
	PolicyIdentityKind kind = requirement->identity.kind;
	const char *image = name ? name->repository : "an image without a name";

	if (!reference) {
		(void)fail(err, -EKEYREJECTED,
			"it is signed without a name, which the policy does not accept for %s",
			image);
		error_hint(err, "cosign signs just a digest in its bundles: the signedIdentity for "
				"that is matchDigest");
		return SIGSTORE_OTHER_NAME;
	}
	(void)fail(err, -EKEYREJECTED,
		"it is signed as \"%s\", which the policy does not accept for %s", reference,
		image);
	if (!name)
		error_hint(err,
			"for directories a signedIdentity is exactReference, exactRepository "
			"or matchDigest");
	else if (kind == IDENTITY_REPO_DIGEST_OR_EXACT || kind == IDENTITY_EXACT)
		error_hint(err, "cosign signs a repository's name without a tag: a signedIdentity "
				"for that is matchRepository");
	return SIGSTORE_OTHER_NAME;
}

/* What was signed is believed from here on: digest and reference (NULL: there is none) are what
 * somebody trusted says. */
static int judge_image(const PolicyRequirement *requirement, const DockerName *name,
	const SigstoreSubject *subject, const char *digest, const char *reference, Error *err)
{
	int r;

	if (!streq(digest, subject->digest)) {
		(void)fail(
			err, -EKEYREJECTED, "the signature is that of another image, %s", digest);
		return SIGSTORE_OTHER_IMAGE;
	}
	r = policy_identity_matches(&requirement->identity, name, reference);
	if (r < 0)
		return fail_oom(err);
	return r == 1 ? SIGSTORE_GOOD : other_name(requirement, name, reference, err);
}

static int judge_payload(const PolicyRequirement *requirement, const DockerName *name,
	const SigstoreFound *found, const char **ret_key, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	CosignPayload payload;
	int r = find_signer(requirement, found->signature, found->text, found->len, ret_key, err);

	if (r != 0)
		return r;
	r = cosign_payload_parse(found->text, found->len, &arena, &payload, err);
	if (r < 0)
		return r == -ENOMEM ? r : SIGSTORE_BAD_PAYLOAD;
	return judge_image(
		requirement, name, found->subject, payload.manifest_digest, payload.reference, err);
}

static int judge_statement(const PolicyRequirement *requirement, const DockerName *name,
	const SigstoreSubject *subject, const SigstoreBundle *bundle, const char **ret_key,
	Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	_cleanup_free_ char *text = NULL, *data = NULL;
	SigstoreStatement statement;
	size_t len, data_len;
	int r = base64_decode(bundle->payload, strlen(bundle->payload), &text, &len);

	if (r == 0)
		r = sigstore_statement_signed(text, len, &data, &data_len);
	if (r == -ENOMEM)
		return fail_oom(err);
	if (r < 0) {
		(void)fail(err, r, "the statement of the bundle is no base 64");
		return SIGSTORE_OTHER_KIND;
	}
	r = find_signer(requirement, bundle->signature, data, data_len, ret_key, err);
	if (r != 0)
		return r;
	r = sigstore_statement_parse(text, len, subject->digest, &arena, &statement, err);
	if (r < 0)
		return r == -ENOMEM ? r : SIGSTORE_BAD_PAYLOAD;
	return judge_image(requirement, name, subject, statement.digest, statement.name, err);
}

static int judge_bundle(const PolicyRequirement *requirement, const DockerName *name,
	const SigstoreFound *found, const char **ret_key, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	const SigstoreSubject *subject = found->subject;
	SigstoreBundle bundle;
	int r = sigstore_bundle_parse(found->text, found->len, &arena, &bundle, err);

	if (r < 0)
		return r == -ENOMEM ? r : SIGSTORE_OTHER_KIND;
	switch (bundle.content) {
	case SIGSTORE_STATEMENT:
		return judge_statement(requirement, name, subject, &bundle, ret_key, err);
	case SIGSTORE_MESSAGE:
		r = find_signer(
			requirement, bundle.signature, subject->text, subject->len, ret_key, err);
		return r != 0 ? r
			      : judge_image(requirement, name, subject, subject->digest, NULL, err);
	case SIGSTORE_KEYLESS: break;
	}
	(void)fail(err, -EKEYREJECTED,
		"it is signed by a certificate (keyless), which rkt cannot check");
	return SIGSTORE_OTHER_KIND;
}

int sigstore_judge(const PolicyRequirement *requirement, const DockerName *name,
	const SigstoreFound *found, const char **ret_key, Error *err)
{
	return found->signature ? judge_payload(requirement, name, found, ret_key, err)
				: judge_bundle(requirement, name, found, ret_key, err);
}
