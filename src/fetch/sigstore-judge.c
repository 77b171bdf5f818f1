/* SPDX-License-Identifier: Apache-2.0 */

/* What one signature is worth. */

#include <fcntl.h>
#include "base/fd.h"
#include "fetch/base64.h"
#include "fetch/public-key.h"
#include "fetch/sigstore.h"
#include "trust/cosign.h"

#define KEY_IN_POLICY "a key in the policy"

static int verifies(const char *pem, size_t len, const char *what, const char *signature,
	size_t signature_len, const char *payload, size_t payload_len, Error *err)
{
	_cleanup_public_key_ PublicKey *key = NULL;
	int r = public_key_parse(pem, len, what, &key, err);

	if (r == 0)
		r = public_key_verifies(key, signature, signature_len, payload, payload_len);
	return r == -ENOMEM ? fail_oom(err) : r;
}

/* Whether a key of the requirement has signed the payload: 1, 0, or a negative errno. */
static int find_signer(const PolicyRequirement *requirement, const char *signature,
	size_t signature_len, const char *payload, size_t payload_len, const char **ret, Error *err)
{
	int r = 0;

	for (size_t i = 0; i < requirement->key_paths.n && r == 0; i++) {
		const char *path = requirement->key_paths.items[i];
		_cleanup_free_ char *pem = NULL;
		size_t len;

		r = fd_read_file(AT_FDCWD, path, PUBLIC_KEY_FILE_MAX, &pem, &len, err);
		if (r == 0)
			r = verifies(pem, len, path, signature, signature_len, payload, payload_len,
				err);
		*ret = path;
	}
	for (size_t i = 0; i < requirement->key_data.n && r == 0; i++) {
		const char *data = requirement->key_data.items[i];
		_cleanup_free_ char *pem = NULL;
		size_t len;

		r = base64_decode(data, strlen(data), &pem, &len);
		if (r < 0)
			return fail(err, r, "%s is no base 64", KEY_IN_POLICY);
		r = verifies(pem, len, KEY_IN_POLICY, signature, signature_len, payload,
			payload_len, err);
		*ret = KEY_IN_POLICY;
	}
	return r;
}

static int other_name(const PolicyRequirement *requirement, const DockerName *name,
	const char *reference, Error *err)
{
	PolicyIdentityKind kind = requirement->identity.kind;

	(void)fail(err, -EKEYREJECTED,
		"it is signed as \"%s\", which the policy does not accept for %s", reference,
		name->repository);
	if (kind == IDENTITY_REPO_DIGEST_OR_EXACT || kind == IDENTITY_EXACT)
		error_hint(err, "cosign signs a repository's name without a tag: a signedIdentity "
				"for that is matchRepository");
	return SIGSTORE_OTHER_NAME;
}

/* The payload is believed from here on: somebody trusted has signed it. */
static int judge_payload(const PolicyRequirement *requirement, const DockerName *name,
	const char *digest, const char *text, size_t len, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	CosignPayload payload;
	int r = cosign_payload_parse(text, len, &arena, &payload, err);

	if (r < 0)
		return r == -ENOMEM ? r : SIGSTORE_BAD_PAYLOAD;
	if (!streq(payload.manifest_digest, digest)) {
		(void)fail(err, -EKEYREJECTED, "the signature is that of another image, %s",
			payload.manifest_digest);
		return SIGSTORE_OTHER_IMAGE;
	}
	r = policy_identity_matches(&requirement->identity, name, payload.reference);
	if (r < 0)
		return fail_oom(err);
	return r == 1 ? SIGSTORE_GOOD : other_name(requirement, name, payload.reference, err);
}

int sigstore_judge(const PolicyRequirement *requirement, const DockerName *name, const char *digest,
	const char *payload, size_t payload_len, const char *signature, const char **ret_key,
	Error *err)
{
	_cleanup_free_ char *decoded = NULL;
	size_t len;
	int r = base64_decode(signature, strlen(signature), &decoded, &len);

	if (r == -ENOMEM)
		return fail_oom(err);
	r = r < 0 ? 0 : find_signer(requirement, decoded, len, payload, payload_len, ret_key, err);
	if (r < 0)
		return r;
	if (r == 0) {
		(void)fail(err, -EKEYREJECTED, "no key of the policy has signed it");
		return SIGSTORE_OTHER_KEY;
	}
	return judge_payload(requirement, name, digest, payload, payload_len, err);
}
