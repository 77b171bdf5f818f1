/* SPDX-License-Identifier: Apache-2.0 */
#include "store/blobs.h"

/* What the conversion to a rkt manifest notes of the documents that an image was made of. */
static const char *const documents[] = {"appc.io/docker/manifesthash", "appc.io/docker/imageid"};

/* The blob of a digest: "sha256:..." is in "sha256-...". */
static int add_digest(const char *digest, Arena *arena, StrList *ret, Error *err)
{
	char *name = arena_strdup(arena, digest), *colon = name ? strchr(name, ':') : NULL;

	if (!name)
		return fail_oom(err);
	if (colon)
		*colon = '-';
	if (!store_layer_name_valid(name))
		return 0;
	return str_list_add(ret, name, arena) < 0 ? fail_oom(err) : 0;
}

int image_blobs(const Image *image, Arena *arena, StrList *ret, Error *err)
{
	int r = 0;

	if (image->format == IMAGE_ACI) {
		const char *key = arena_strdup(arena, image->key);

		return !key || str_list_add(ret, key, arena) < 0 ? fail_oom(err) : 0;
	}
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(documents); i++) {
		const char *digest = image_manifest_annotation(image->manifest, documents[i]);

		if (digest)
			r = add_digest(digest, arena, ret, err);
	}
	return r;
}
