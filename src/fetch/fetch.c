/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/fetch.h"

#include "base/path.h"
#include "fetch/aci-file.h"
#include "fetch/aci-remote.h"
#include "fetch/docker-archive.h"
#include "fetch/image-policy.h"
#include "fetch/oci-layout.h"
#include "fetch/registry.h"
#include "fetch/takeover.h"

typedef int (*FetchFunc)(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err);

/* An ID does not say where an image could be had, but users may have brought it already. */
static int fetch_key(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	int r = store_resolve_key(context->store, ref->typed, ret_key, err);

	if (r == -ENOENT && context->pull_policy != PULL_NEVER)
		r = takeover_fetch(context, ref->typed, ret_key, err);
	return r;
}

/* what: how rkt names this kind of image. */
static int never_fetched(const char *what, const ImageRef *ref, Error *err)
{
	return fail(err, -ENOENT,
		"unable to fetch %s \"%s\": either image was not found in the store or store was "
		"disabled and fetching from remote yielded nothing or it was disabled",
		what, ref->typed);
}

static int fetch_name(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_image_ Image *image = NULL;
	int r = -ENOENT;

	if (context->pull_policy != PULL_UPDATE && !context->again)
		r = store_find_by_name(context->store, ref->name, &ref->labels, &image, NULL);
	if (r == 0)
		memcpy(ret_key, image->key, sizeof image->key);
	if (r != -ENOENT)
		return r < 0 ? fail_errno(err, r, "look for %s in the store", ref->typed) : 0;
	if (context->pull_policy == PULL_NEVER)
		return never_fetched("image from image name", ref, err);
	r = aci_name_fetch(context, ref, ret_key, err);
	if (r < 0)
		error_hint(
			err, "a file needs \"./\" or \".aci\" in its name, a registry docker://");
	return r;
}

/* One row per kind of image string. */
static const struct {
	FetchFunc fetch;
	const char *policy_what; /* what a policy says which of are accepted, NULL: it does not */
	const char *remote_what; /* how rkt names it when the store does not have it */
} kinds[] = {
	[IMAGE_REF_KEY] = {fetch_key, NULL, NULL},
	[IMAGE_REF_NAME] = {fetch_name, NULL, NULL},
	[IMAGE_REF_FILE] = {aci_file_fetch, NULL, NULL},
	[IMAGE_REF_URL] = {aci_url_fetch, NULL, "image from URL"},
	[IMAGE_REF_DOCKER] = {registry_fetch, "docker images", "docker image from URL"},
	[IMAGE_REF_OCI_LAYOUT] = {oci_layout_fetch, "OCI image layouts", NULL},
	[IMAGE_REF_DOCKER_ARCHIVE] = {docker_archive_fetch, "docker archives", NULL},
};

/* 1 when the store's answer is good enough, 0 when the remote side has to be asked. */
static int find_remote(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_image_ Image *image = NULL;
	int r;

	if (!ref->remote || context->pull_policy == PULL_UPDATE || context->again)
		return 0;
	r = store_find_remote(context->store, ref->remote, &image, NULL);
	if (r == 0) {
		memcpy(ret_key, image->key, sizeof image->key);
		return 1;
	}
	/* One that is damaged is as good as none. */
	if (r != -ENOENT && r != -EBADMSG)
		return fail_errno(err, r, "look for %s in the store", ref->typed);
	if (context->pull_policy == PULL_NEVER)
		return never_fetched(kinds[ref->kind].remote_what, ref, err);
	return 0;
}

/* Who wants to know who made an image, and not who sends it, is told what that means. */
static void warn_of_tls(const FetchContext *context, const ImageRef *ref)
{
	bool remote = ref->kind == IMAGE_REF_NAME || ref->remote;

	if (remote && context->insecure_tls && !fetch_goes_unsigned(context) && !context->dependent)
		progress_note(context->progress, "warning: TLS verification has been disabled");
}

/* A file that nobody looks at must not seem to vouch for anything. */
static int check_signature(const FetchContext *context, const ImageRef *ref, Error *err)
{
	if (!context->signature || !kinds[ref->kind].policy_what)
		return 0;
	(void)fail(err, -EINVAL, "--signature=%s: %s have no such signatures, only ACIs have",
		context->signature, kinds[ref->kind].policy_what);
	error_hint(err, "signatures of cosign are verified as policy.json says");
	return -EINVAL;
}

int fetch_ref(const FetchContext *context, const ImageRef *ref,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	int r = check_signature(context, ref, err);

	if (r == 0)
		r = find_remote(context, ref, ret_key, err);
	if (r != 0)
		return r < 0 ? r : 0;
	warn_of_tls(context, ref);
	if (kinds[ref->kind].policy_what)
		r = image_policy_admit(context, ref, kinds[ref->kind].policy_what, err);
	if (r < 0)
		return r;
	return kinds[ref->kind].fetch(context, ref, ret_key, err);
}

int fetch_image(const FetchContext *context, const char *typed,
	char ret_key[static STORE_KEY_LEN + 1], Error *err)
{
	_cleanup_image_ref_ ImageRef *ref = NULL;
	int r = image_ref_parse(typed, path_is_file(typed), &ref, err);

	return r < 0 ? r : fetch_ref(context, ref, ret_key, err);
}
