/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Public keys, as librnp reads them. A part of rkt-openpgp. */

#include <rnp/rnp.h>
#include <rnp/rnp_err.h>
#include "base/error.h"
#include "trust/keystore.h"

typedef char Fingerprint[KEY_FINGERPRINT_LEN + 1];

/* Loads the first key of an armored file with its subkeys, and nothing else of it. what names the
 * file in messages. 0, or -EINVAL for what is no armored public key of version 4, and for files
 * with a secret key. */
int openpgp_load_key(rnp_ffi_t ffi, const char *what, const char *text, size_t len,
	Fingerprint ret_fingerprint, Error *err);

int openpgp_fingerprint(rnp_key_handle_t key, Fingerprint ret, Error *err);

/* What librnp cannot tell counts against the key. A valid one is signed by itself, or by the key
 * that it is a subkey of, and neither revoked nor expired. */
bool openpgp_is_revoked(rnp_key_handle_t key);
bool openpgp_is_expired(rnp_key_handle_t key);
bool openpgp_is_valid(rnp_key_handle_t key);

/* One line "identity TEXT" on stdout for each identity that the key itself has certified and not
 * revoked. */
int openpgp_print_identities(rnp_key_handle_t key, Error *err);

int openpgp_fail(Error *err, const char *what, rnp_result_t result);
