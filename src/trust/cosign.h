/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where signatures of images are, as cosign puts them (its "Cosign Signature Specification" and
 * "Cosign Bundle Specification"): in manifests with one layer for each signature, which are found
 * by the tag that cosign_tag() gives or as referrers of the image (OCI distribution spec 1.1). And
 * their older form, of which the payload is that of containers' "atomic container signature"; the
 * newer one is sigstore-bundle.h's. Texts only: what a signature is worth others find out. */

#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"
#include "spec/oci.h"

#define COSIGN_PAYLOAD_MAX   (64u << 10)  /* bytes */
#define COSIGN_SIGNATURE_MAX 4096         /* in base 64: RSA of 16384 bits has 2732 */
#define COSIGN_BUNDLE_MAX    (256u << 10) /* bytes */

typedef struct CosignSignature {
	OciDescriptor blob;    /* the payload, or the bundle */
	const char *signature; /* of the payload, base 64; NULL: the blob is a bundle */
} CosignSignature;

/* A manifest with signatures. */
typedef struct CosignSignatures {
	CosignSignature *items; /* in the order in which they were added */
	size_t n;
	const char *subject; /* the digest of what it refers to, or NULL */
} CosignSignatures;

/* Manifests that may have signatures: what is known of them is enough to read them. */
typedef struct CosignReferrers {
	OciDescriptor *items;
	size_t n;
} CosignReferrers;

/* What somebody has signed. */
typedef struct CosignPayload {
	const char *manifest_digest; /* of the image's manifest or index */
	const char *reference;       /* a Docker reference, which nobody has looked at */
} CosignPayload;

#define COSIGN_TAG_MAX 80

/* A tag that belongs to the manifest with that digest, "sha256:..." of 64 digits: with suffix
 * ".sig" that of its signatures, with "" that of its referrers where a registry does not know them.
 */
void cosign_tag(const char *digest, const char *suffix, char ret[static COSIGN_TAG_MAX]);

/* Reads a manifest with signatures. Layers of other kinds are passed over. Memory is from arena. 0,
 * -ENOMEM, or -EINVAL. */
int cosign_signatures_parse(
	const char *text, size_t len, Arena *arena, CosignSignatures *ret, Error *err);

/* Reads an index of referrers, or of anything. Entries that say that they are something else are
 * passed over. The same results. */
int cosign_referrers_parse(
	const char *text, size_t len, Arena *arena, CosignReferrers *ret, Error *err);

/* Reads a payload; text is one that somebody trusted has signed. -EINVAL for one that says more, or
 * less, than an image's name and digest in its critical part. */
int cosign_payload_parse(
	const char *text, size_t len, Arena *arena, CosignPayload *ret, Error *err);
