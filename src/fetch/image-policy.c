/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/image-policy.h"

#include <fcntl.h>
#include "base/fd.h"
#include "base/strbuf.h"
#include "store/digest.h"

int image_policy_load(const char *local_config, Policy **ret, Error *err)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	size_t len;
	int r;

	if (str_format(&path, "%s/policy.json", local_config) < 0)
		return fail_oom(err);
	r = fd_read_file(AT_FDCWD, path, POLICY_FILE_MAX, &text, &len, err);
	/* A link that leads nowhere was meant to lead to a policy. */
	if (r == -ENOENT && faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
		error_clear(err);
		*ret = NULL;
		return 0;
	}
	return r < 0 ? r : policy_parse(text, len, path, ret, err);
}

/* The image as a policy knows it, with memory from arena. */
static int describe(const ImageRef *ref, Arena *arena, PolicyImage *ret, Error *err)
{
	PolicyImage image = {.transport = "docker-archive"};
	_cleanup_free_ char *real = NULL;

	if (ref->kind == IMAGE_REF_DOCKER) {
		image.transport = "docker";
		if (docker_name_of(&ref->docker, arena, &image.name) < 0)
			return fail_oom(err);
	} else if (ref->kind == IMAGE_REF_OCI_LAYOUT) {
		image.transport = "oci";
		real = realpath(ref->path, NULL);
		if (!real)
			return fail_errno(err, -errno, "open %s", ref->path);
		image.path = arena_strdup(arena, real);
		if (!image.path)
			return fail_oom(err);
	}
	*ret = image;
	return 0;
}

static int refused(const ImageRef *ref, const PolicyRule *rule, const char *why, Error *err)
{
	if (!rule->transport)
		return fail(err, -EPERM, "%s: refused by the default of the policy: %s", ref->typed,
			why);
	return fail(err, -EPERM, "%s: refused by the policy for %s \"%s\": %s", ref->typed,
		rule->transport, rule->scope, why);
}

static int admit(const ImageRef *ref, const PolicyRule *rule, Error *err)
{
	for (size_t i = 0; i < rule->n_requirements; i++) {
		const PolicyRequirement *requirement = &rule->requirements[i];
		char why[128];

		if (requirement->kind == POLICY_REJECT)
			return refused(ref, rule, "it rejects such images", err);
		if (requirement->kind == POLICY_UNSUPPORTED) {
			(void)snprintf(
				why, sizeof why, "rkt cannot check \"%s\"", requirement->what);
			return refused(ref, rule, why, err);
		}
		if (requirement->kind == POLICY_SIGSTORE && ref->kind == IMAGE_REF_DOCKER_ARCHIVE)
			return refused(ref, rule,
				"it demands a signature, which archives do not have", err);
	}
	return 0;
}

static int no_policy(const char *what, Error *err)
{
	return fail(err, -EPERM,
		"signature verification for %s is not supported (try --insecure-options=image)",
		what);
}

static bool accepts_anything(const PolicyRule *rule)
{
	for (size_t i = 0; i < rule->n_requirements; i++)
		if (rule->requirements[i].kind != POLICY_ACCEPT)
			return false;
	return true;
}

int image_policy_admit_unknown(const FetchContext *context, const char *what, Error *err)
{
	int r = 0;

	if (!context->policy)
		r = context->skip_signatures ? 0 : no_policy(what, err);
	else if (!accepts_anything(&context->policy->rules[0]))
		r = fail(err, -EPERM, "the policy does not accept %s from anywhere", what);
	if (r < 0)
		error_hint(err, "signatures are verified of images that are fetched by reference");
	return r;
}

int image_policy_admit(
	const FetchContext *context, const ImageRef *ref, const char *what, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};
	PolicyImage image;
	int r;

	if (!context->policy && fetch_goes_unsigned(context))
		return 0;
	if (!context->policy) {
		r = no_policy(what, err);
		error_hint(err, "signatures of cosign are verified where a policy.json in the "
				"directory of the configuration says by which keys");
		return r;
	}
	r = describe(ref, &arena, &image, err);
	return r < 0 ? r : admit(ref, policy_find(context->policy, &image), err);
}

typedef char DigestText[DIGEST_HEX_MAX + 8];

/* The outermost index first: that is what most sign. */
static int list_subjects(const OciDocument *manifest, SigstoreSubject *ret, DigestText *digests,
	size_t *ret_n, Error *err)
{
	size_t n = 0, at;

	for (const OciDocument *d = manifest; d; d = d->index)
		n++;
	at = n;
	for (const OciDocument *d = manifest; d; d = d->index) {
		char hex[DIGEST_HEX_MAX + 1];
		int r = digest_buffer(DIGEST_SHA256, d->text, d->len, hex, err);

		if (r < 0)
			return r;
		at--;
		(void)snprintf(digests[at], sizeof digests[at], "sha256:%s", hex);
		ret[at] = (SigstoreSubject){digests[at], d->text, d->len};
	}
	*ret_n = n;
	return 0;
}

int image_policy_verify(void *userdata, const OciDocument *manifest, Error *err)
{
	ImageAdmission *admission = userdata;
	_cleanup_(arena_done) Arena arena = {0};
	SigstoreSubject subjects[OCI_DOCUMENTS_MAX];
	DigestText digests[OCI_DOCUMENTS_MAX];
	SigstoreCheck *check = &admission->check;
	PolicyImage image;
	int r;

	if (!admission->context->policy)
		return 0;
	r = describe(admission->ref, &arena, &image, err);
	if (r == 0)
		r = list_subjects(manifest, subjects, digests, &check->n_subjects, err);
	if (r < 0)
		return r;
	check->name = image.name.repository ? &image.name : NULL;
	check->subjects = subjects;
	r = sigstore_verify(check, policy_find(admission->context->policy, &image), err);
	return r < 0 ? wrap(err, r, "cannot verify the signature of %s", admission->ref->typed) : 0;
}
