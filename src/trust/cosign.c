/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/cosign.h"

#include <stdio.h>
#include "base/json.h"
#include "spec/oci.h"

#define MEDIA_TYPE   "application/vnd.dev.cosign.simplesigning.v1+json"
#define ANNOTATION   "dev.cosignproject.cosign/signature"
#define PAYLOAD_TYPE "cosign container image signature"

void cosign_tag(const char *digest, char ret[static COSIGN_TAG_MAX])
{
	const char *hex = strchr(digest, ':');

	(void)snprintf(ret, COSIGN_TAG_MAX, "sha256-%.64s.sig", hex ? hex + 1 : "");
}

/* false: no signature, or none that can be fetched. */
static bool read_layer(const Json *layer, CosignSignature *ret)
{
	const char *type = json_text(json_get(layer, "mediaType"));

	ret->digest = json_text(json_get(layer, "digest"));
	ret->size = json_integer(json_get(layer, "size"));
	ret->signature = json_text(json_get(json_get(layer, "annotations"), ANNOTATION));
	return type && streq(type, MEDIA_TYPE) && ret->digest && oci_digest_valid(ret->digest) &&
	       ret->size > 0 && ret->size <= COSIGN_PAYLOAD_MAX && ret->signature;
}

int cosign_signatures_parse(
	const char *text, size_t len, Arena *arena, CosignSignatures *ret, Error *err)
{
	CosignSignatures found = {0};
	const Json *layers;
	Json *root;
	int r = json_parse(arena, text, len, "manifest of signatures", &root, err);

	if (r < 0)
		return r;
	layers = json_get(root, "layers");
	found.items = arena_new(arena, CosignSignature, json_count(layers) + 1);
	if (!found.items)
		return fail_oom(err);
	for (const Json *layer = json_first(layers); layer; layer = layer->next)
		found.n += read_layer(layer, &found.items[found.n]);
	*ret = found;
	return 0;
}

/* Whether object has just n members, of which the caller knows that they are there. */
static bool has_just(const Json *object, size_t n)
{
	return json_count_members(object) == n;
}

int cosign_payload_parse(const char *text, size_t len, Arena *arena, CosignPayload *ret, Error *err)
{
	const Json *critical, *image, *identity;
	const char *type;
	CosignPayload payload;
	Json *root;
	int r = json_parse(arena, text, len, "payload", &root, err);

	if (r < 0)
		return r;
	critical = json_get(root, "critical");
	image = json_get(critical, "image");
	identity = json_get(critical, "identity");
	type = json_text(json_get(critical, "type"));
	payload.manifest_digest = json_text(json_get(image, "docker-manifest-digest"));
	payload.reference = json_text(json_get(identity, "docker-reference"));
	if (!type || !streq(type, PAYLOAD_TYPE))
		return fail(err, -EINVAL, "what was signed is no \"" PAYLOAD_TYPE "\"");
	if (!payload.manifest_digest || !payload.reference)
		return fail(err, -EINVAL, "what was signed names no image");
	/* What is critical has to be understood. */
	if (!has_just(critical, 3) || !has_just(image, 1) || !has_just(identity, 1) ||
		!has_just(root, json_get(root, "optional") ? 2 : 1))
		return fail(err, -EINVAL, "what was signed says more than is understood");
	*ret = payload;
	return 0;
}
