/* SPDX-License-Identifier: Apache-2.0 */
#include "image/repair.h"

#include "base/strbuf.h"
#include "fetch/aci.h"
#include "image/check.h"
#include "store/import.h"

/* The image as its registry has it, whatever its tags are today. NULL when it came from elsewhere.
 */
static int registry_ref(const Image *image, char **ret, Error *err)
{
	const ImageManifest *m = image->manifest;
	const char *registry = image_manifest_annotation(m, "appc.io/docker/registryurl");
	const char *repository = image_manifest_annotation(m, "appc.io/docker/repository");
	const char *digest = image_manifest_annotation(m, "appc.io/docker/manifesthash");

	*ret = NULL;
	if (!registry || !repository || !digest)
		return 0;
	return str_format(ret, "docker://%s/%s@%s", registry, repository, digest) < 0
		       ? fail_oom(err)
		       : 0;
}

/* By its digest the image has another manifest for rkt, and so another ID: of its labels, one is
 * the tag. What is wanted are its layers, which any image of them brings. */
static int fetch_by_digest(const FetchContext *context, const Image *image, Error *err)
{
	_cleanup_free_ char *ref = NULL;
	_cleanup_image_ Image *before = NULL;
	char key[STORE_KEY_LEN + 1];
	int r = registry_ref(image, &ref, err);

	if (r == 0 && !ref)
		return fail(err, -ENOTSUP,
			"image %s did not come from a registry: remove it and fetch it again",
			image->key);
	if (r < 0)
		return r;
	(void)store_find_remote(context->store, ref, &before, NULL);
	r = fetch_image(context, ref, key, err);
	if (r < 0 || before || streq(key, image->key))
		return r;
	return MIN(image_remove(context->store, key, err), 0);
}

/* The ACI that a layer is the tree of: the image itself, or one that it depends on. */
static int unpack_again(
	const FetchContext *context, const Image *image, const char *layer, Error *err)
{
	_cleanup_image_ Image *other = NULL;
	int r;

	if (streq(layer, image->key) || startswith(layer, LAYER_RENDERED))
		return aci_import_again(context, image, err);
	r = image_open(context->store, layer, &other, err);
	return r < 0 ? r : aci_import_again(context, other, err);
}

static int repair_layer(
	const FetchContext *context, const Image *image, const char *layer, Error *err)
{
	bool tree = !store_layer_may_hide(layer);
	int r = 0;

	/* What cannot be had again is kept, better than nothing. */
	if (tree)
		r = blob_check(context->store,
			startswith(layer, LAYER_RENDERED) ? image->key : layer, err);
	if (r == 0)
		r = layer_refuse(context->store, layer, err);
	if (r < 0)
		return r;
	r = tree ? unpack_again(context, image, layer, err) : fetch_by_digest(context, image, err);
	if (r < 0)
		layer_refuse_not(context->store, layer);
	return r;
}

int image_repair(const FetchContext *context, const Damage *damage, Error *err)
{
	if (damage->layer)
		return repair_layer(context, damage->image, damage->layer, err);
	if (damage->image->format == IMAGE_ACI)
		return fail(err, -ENOTSUP,
			"the archive of image %s can only be fetched: remove it and fetch it again",
			damage->image->key);
	return fetch_by_digest(context, damage->image, err);
}
