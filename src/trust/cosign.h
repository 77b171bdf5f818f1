/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Signatures of images as cosign makes them (its "Cosign Signature Specification"; the payload is
 * that of containers' "atomic container signature"). They stand in the image's repository, in a
 * manifest with the tag that cosign_tag() gives: one layer each, which is what was signed, with the
 * signature in an annotation. Texts only: what a signature is worth others find out. */

#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"

#define COSIGN_PAYLOAD_MAX (64u << 10) /* bytes */

typedef struct CosignSignature {
	const char *digest; /* of the payload, an OCI digest */
	int64_t size;
	const char *signature; /* base64 */
} CosignSignature;

typedef struct CosignSignatures {
	CosignSignature *items; /* in the order in which they were added */
	size_t n;
} CosignSignatures;

/* What somebody has signed. */
typedef struct CosignPayload {
	const char *manifest_digest; /* of the image's manifest or index */
	const char *reference;       /* a Docker reference, which nobody has looked at */
} CosignPayload;

#define COSIGN_TAG_MAX 80

/* The tag for the signatures of the manifest with that digest, "sha256:..." of 64 digits. */
void cosign_tag(const char *digest, char ret[static COSIGN_TAG_MAX]);

/* Reads the manifest with the signatures. Layers of other kinds are passed over. Memory is from
 * arena. 0, -ENOMEM, or -EINVAL. */
int cosign_signatures_parse(
	const char *text, size_t len, Arena *arena, CosignSignatures *ret, Error *err);

/* Reads a payload; text is one that somebody trusted has signed. -EINVAL for one that says more, or
 * less, than an image's name and digest in its critical part. */
int cosign_payload_parse(
	const char *text, size_t len, Arena *arena, CosignPayload *ret, Error *err);
