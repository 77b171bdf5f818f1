/* SPDX-License-Identifier: Apache-2.0 */

/* Whether a name in a signature is that of an image. */

#include "base/strbuf.h"
#include "trust/policy.h"

static bool same(const char *a, const char *b)
{
	return a && b ? streq(a, b) : a == b;
}

/* A name without a tag or digest is none of a single image. */
static bool is_exactly(const DockerName *image, const DockerName *name)
{
	return (name->tag || name->digest) && streq(image->repository, name->repository) &&
	       same(image->tag, name->tag) && same(image->digest, name->digest);
}

/* Where the image was named by its digest, which others have seen to, any tag is right. */
static bool is_repo_digest_or_exact(const DockerName *image, const DockerName *name)
{
	if (!name->tag && !name->digest)
		return false;
	return image->digest ? streq(image->repository, name->repository) : is_exactly(image, name);
}

static int is_remapped(
	const PolicyIdentity *identity, const DockerName *image, const DockerName *name)
{
	const char *rest = startswith(image->repository, identity->prefix);
	_cleanup_free_ char *repository = NULL;
	DockerName remapped = *image;

	if (!rest || (*rest != '\0' && *rest != '/'))
		return is_repo_digest_or_exact(image, name);
	if (str_format(&repository, "%s%s", identity->signed_prefix, rest) < 0)
		return -ENOMEM;
	remapped.repository = repository;
	return is_repo_digest_or_exact(&remapped, name);
}

/* Whether the policy says by itself which name it has to be. */
static bool is_named_by_policy(const PolicyIdentity *identity)
{
	return identity->kind == IDENTITY_EXACT_REFERENCE ||
	       identity->kind == IDENTITY_EXACT_REPOSITORY;
}

int policy_identity_matches(
	const PolicyIdentity *identity, const DockerName *image, const char *reference)
{
	_cleanup_(arena_done) Arena arena = {0};
	DockerName name;
	int r;

	if (identity->kind == IDENTITY_DIGEST)
		return 1;
	if (!reference || (!image && !is_named_by_policy(identity)))
		return 0;
	r = docker_name_parse(reference, &arena, &name, NULL);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	switch (identity->kind) {
	case IDENTITY_REPO_DIGEST_OR_EXACT: return is_repo_digest_or_exact(image, &name);
	case IDENTITY_EXACT: return is_exactly(image, &name);
	case IDENTITY_REPOSITORY: return streq(image->repository, name.repository);
	case IDENTITY_EXACT_REFERENCE: return is_exactly(&identity->name, &name);
	case IDENTITY_EXACT_REPOSITORY: return streq(identity->name.repository, name.repository);
	case IDENTITY_REMAP: return is_remapped(identity, image, &name);
	case IDENTITY_DIGEST: break;
	}
	return 0;
}
