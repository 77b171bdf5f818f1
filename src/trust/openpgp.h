/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* OpenPGP, asked of rkt-openpgp: a program of its own, which alone links a library for it and which
 * shuts itself in before that reads anything. What it answers is read as a stranger's words. */

#include <stddef.h>
#include "base/cleanup.h"
#include "base/error.h"
#include "trust/keystore.h"

#define SIGNATURE_FILE_MAX (64u << 10)

/* What a key says of itself: lines of text in their order, safe to print. */
typedef struct OpenpgpKey {
	char fingerprint[KEY_FINGERPRINT_LEN + 1];
	char (*subkeys)[KEY_FINGERPRINT_LEN + 1];
	size_t n_subkeys;
	char **identities;
	size_t n_identities;
	char *flaw; /* why nothing that it signs is accepted, as far as that is the key's fault; or
		       NULL */
} OpenpgpKey;

void openpgp_key_done(OpenpgpKey *key);

/* Looks at the first key of an armored file. -EINVAL for what is no armored public key of version
 * 4, with the reason. */
int openpgp_show(const void *text, size_t len, OpenpgpKey *ret, Error *err);

/* What is to be verified: descriptors of files, which are read from their start; the caller's
 * positions stay. */
typedef struct OpenpgpCheck {
	int data_fd;
	int signature_fd; /* armored or binary */
	const Keyring *keys;
} OpenpgpCheck;

typedef enum OpenpgpOutcome {
	OPENPGP_GOOD,
	OPENPGP_UNKNOWN, /* none of the keys has signed */
} OpenpgpOutcome;

/* Verifies a detached signature. An OpenpgpOutcome; of a good one *ret has the identities of the
 * signer, of an unknown one nothing. Everything else is -EKEYREJECTED with the reason: a signature
 * that does not fit the data, of a key that has expired or was revoked, over a weak hash; or
 * -EINVAL: a file without signatures, a key file that is none or whose name is not its
 * fingerprint. */
int openpgp_verify(const OpenpgpCheck *check, OpenpgpKey *ret, Error *err);

#define _cleanup_openpgp_key_ _cleanup_(openpgp_key_done)
