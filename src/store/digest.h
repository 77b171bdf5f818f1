/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Digests of what is read: SHA-256 and SHA-512, piece by piece (libcrypto). Part of the import
 * library: the start of a pod never computes one. */

#include <stddef.h>
#include "base/cleanup.h"
#include "base/error.h"

#define DIGEST_HEX_MAX 128 /* digits of the longest kind */

typedef enum DigestKind {
	DIGEST_SHA256,
	DIGEST_SHA512,
} DigestKind;

typedef struct Digest Digest;

/* Starts a digest. 0 or -ENOMEM (-ENOTSUP where the library was built without the kind). */
int digest_new(DigestKind kind, Digest **ret, Error *err);
Digest *digest_free(Digest *d);

/* Adds len bytes. 0 or -EIO. */
int digest_update(Digest *d, const void *data, size_t len, Error *err);

/* Ends it and writes the digest in lower-case hex, NUL-terminated: 64 or 128 digits. A digest can
 * be finished once. */
int digest_finish(Digest *d, char ret[static DIGEST_HEX_MAX + 1], Error *err);

/* The digest of one buffer, in hex. */
int digest_buffer(DigestKind kind, const void *data, size_t len,
	char ret[static DIGEST_HEX_MAX + 1], Error *err);

/* Reads an OCI digest "sha256:<64 hex>" or "sha512:<128 hex>" (lower case). 0, or -EINVAL without
 * error text. */
int digest_parse(const char *text, DigestKind *ret_kind, const char **ret_hex);

/* "sha256" or "sha512". */
const char *digest_kind_name(DigestKind kind);

DEFINE_CLEANUP(Digest *, digest_free)
#define _cleanup_digest_ _cleanup_(digest_freep)
