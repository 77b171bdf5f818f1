/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sigstore's bundles (protobuf-specs, sigstore_bundle.proto, in JSON), as far as a signature by a
 * key needs: cosign 3 signs images so. Texts only, and of what a bundle says about the key that
 * signed nothing is kept. */

#include "base/arena.h"
#include "base/error.h"

/* How the media types of all their versions begin. */
#define SIGSTORE_BUNDLE_MEDIA_TYPE "application/vnd.dev.sigstore.bundle"

/* What cosign says of an image by signing it, and nothing more. */
#define SIGSTORE_SIGNED_IMAGE "https://sigstore.dev/cosign/sign/v1"

typedef enum SigstoreContent {
	SIGSTORE_MESSAGE,   /* messageSignature: of the manifest itself */
	SIGSTORE_STATEMENT, /* dsseEnvelope: of a statement about the image, by in-toto's rules */
	SIGSTORE_KEYLESS,   /* either, by a certificate */
} SigstoreContent;

typedef struct SigstoreBundle {
	SigstoreContent content;
	const char *signature; /* base 64; NULL: KEYLESS */
	const char *payload;   /* STATEMENT: base 64 */
} SigstoreBundle;

/* Reads a bundle. Memory is from arena. 0, -ENOMEM, or -EINVAL for what is none. */
int sigstore_bundle_parse(
	const char *text, size_t len, Arena *arena, SigstoreBundle *ret, Error *err);

/* What the signature of a statement is over (DSSE's "pre-authentication encoding"), as fresh
 * memory. 0 or -ENOMEM. */
int sigstore_statement_signed(const char *statement, size_t len, char **ret, size_t *ret_len);

typedef struct SigstoreStatement {
	const char *digest; /* the manifest's, or that of something else */
	const char *name;   /* the subject's, NULL: it has none */
} SigstoreStatement;

/* Reads a statement; text is one that somebody trusted has signed. Of several subjects the one with
 * that digest is meant. 0, -ENOMEM, or -EINVAL for one that does not say of an image that it is
 * signed. */
int sigstore_statement_parse(const char *text, size_t len, const char *digest, Arena *arena,
	SigstoreStatement *ret, Error *err);
