/* SPDX-License-Identifier: Apache-2.0 */
#include "trust/cosign.h"

#include <stdio.h>
#include "base/json.h"
#include "trust/sigstore-bundle.h"

#define PAYLOAD_MEDIA_TYPE "application/vnd.dev.cosign.simplesigning.v1+json"
#define ANNOTATION         "dev.cosignproject.cosign/signature"
#define PAYLOAD_TYPE       "cosign container image signature"
#define PREDICATE_TYPE     "dev.sigstore.bundle.predicateType"

void cosign_tag(const char *digest, const char *suffix, char ret[static COSIGN_TAG_MAX])
{
	const char *hex = strchr(digest, ':');

	(void)snprintf(ret, COSIGN_TAG_MAX, "sha256-%.64s%s", hex ? hex + 1 : "", suffix);
}

/* false: nothing that can be fetched. */
static bool read_descriptor(const Json *value, int64_t max, OciDescriptor *ret)
{
	ret->media_type = json_text(json_get(value, "mediaType"));
	ret->digest = json_text(json_get(value, "digest"));
	ret->size = json_integer(json_get(value, "size"));
	return ret->media_type && ret->digest && oci_digest_valid(ret->digest) && ret->size > 0 &&
	       ret->size <= max;
}

/* false: no signature, or none that can be fetched. */
static bool read_layer(const Json *layer, CosignSignature *ret)
{
	ret->signature = NULL;
	if (!read_descriptor(layer, COSIGN_BUNDLE_MAX, &ret->blob))
		return false;
	if (startswith(ret->blob.media_type, SIGSTORE_BUNDLE_MEDIA_TYPE))
		return true;
	ret->signature = json_text(json_get(json_get(layer, "annotations"), ANNOTATION));
	return streq(ret->blob.media_type, PAYLOAD_MEDIA_TYPE) && ret->signature &&
	       strlen(ret->signature) <= COSIGN_SIGNATURE_MAX &&
	       ret->blob.size <= COSIGN_PAYLOAD_MAX;
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
	found.subject = json_text(json_get(json_get(root, "subject"), "digest"));
	found.items = arena_new(arena, CosignSignature, json_count(layers) + 1);
	if (!found.items)
		return fail_oom(err);
	for (const Json *layer = json_first(layers); layer; layer = layer->next)
		found.n += read_layer(layer, &found.items[found.n]);
	*ret = found;
	return 0;
}

/* Whether an entry of an index may be a manifest with signatures. Many are described as the empty
 * configuration that they have, or not at all. */
static bool may_have_signatures(const Json *entry)
{
	static const char *const types[] = {"application/vnd.dev.cosign.artifact.sig.v1+json",
		"application/vnd.oci.empty.v1+json", "application/vnd.oci.image.config.v1+json"};
	const char *type = json_text(json_get(entry, "artifactType"));
	const char *predicate = json_text(json_get(json_get(entry, "annotations"), PREDICATE_TYPE));

	if (predicate && !streq(predicate, SIGSTORE_SIGNED_IMAGE))
		return false;
	if (!type || !*type || startswith(type, SIGSTORE_BUNDLE_MEDIA_TYPE))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (streq(type, types[i]))
			return true;
	return false;
}

int cosign_referrers_parse(
	const char *text, size_t len, Arena *arena, CosignReferrers *ret, Error *err)
{
	CosignReferrers found = {0};
	const Json *entries;
	Json *root;
	int r = json_parse(arena, text, len, "index of referrers", &root, err);

	if (r < 0)
		return r;
	entries = json_get(root, "manifests");
	found.items = arena_new(arena, OciDescriptor, json_count(entries) + 1);
	if (!found.items)
		return fail_oom(err);
	for (const Json *entry = json_first(entries); entry; entry = entry->next)
		if (may_have_signatures(entry) &&
			read_descriptor(entry, OCI_MANIFEST_MAX, &found.items[found.n]) &&
			!oci_media_type_is_index(found.items[found.n].media_type))
			found.n++;
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
