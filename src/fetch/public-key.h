/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Public keys in PEM files ("BEGIN PUBLIC KEY"), and signatures by them: of ECDSA, RSA (PKCS
 * #1 1.5) and Ed25519, over SHA-256 but for Ed25519, which signs the text itself. By a key of P-384
 * or P-521 also over SHA-384 or SHA-512: cosign 3 does so. Over libcrypto. */

#include <stddef.h>
#include "base/cleanup.h"
#include "base/error.h"

typedef struct evp_pkey_st PublicKey;

#define PUBLIC_KEY_FILE_MAX (64u << 10)

/* Reads the first key of a file's text. what names it in messages. -EINVAL for what is no public
 * key, and for one of another kind, of RSA with less than 2048 bits or of an elliptic curve other
 * than NIST's P-256, P-384 and P-521. */
int public_key_parse(const char *pem, size_t len, const char *what, PublicKey **ret, Error *err);
PublicKey *public_key_free(PublicKey *key);

/* Whether the signature (of ECDSA: in DER) is that of the data by the key. 1, 0, or -ENOMEM. */
int public_key_verifies(
	PublicKey *key, const void *signature, size_t signature_len, const void *data, size_t len);

DEFINE_CLEANUP(PublicKey *, public_key_free)
#define _cleanup_public_key_ _cleanup_(public_key_freep)
