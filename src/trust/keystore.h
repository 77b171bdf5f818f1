/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The keys that an administrator and a vendor trust. Below the directories of both,
 *
 *	trustedkeys/root.d/FINGERPRINT              is trusted for every image
 *	trustedkeys/prefix.d/example.com/FINGERPRINT  for example.com and what is below that name
 *
 * where FINGERPRINT has 40 lower-case hex digits and names the file's key. An empty file takes back
 * the key of its name, wherever it came from before. The administrator's directory comes last. */

#include <stddef.h>
#include "base/cleanup.h"
#include "base/error.h"

typedef struct Keystore {
	const char *system_config; /* the vendor's, only read */
	const char *local_config;  /* the administrator's */
} Keystore;

#define KEY_FINGERPRINT_LEN 40
#define KEY_FILE_MAX        (1u << 20)

/* Whether text is the name of a key's file. */
bool key_fingerprint_valid(const char *text);

/* Whether an AC identifier can be the name of a directory below prefix.d: those of the appc
 * library, other than those of its specification, may have "//", "/./" and "/../" inside. */
bool keystore_prefix_valid(const char *prefix);

/* Files of keys, which nobody has looked into. */
typedef struct Keyring {
	char **paths;
	size_t n;
	size_t n_seen; /* files on the way here that are called as a key, the empty ones too */
} Keyring;

void keyring_done(Keyring *k);

/* The keys that count for the image called name, an AC identifier: those of root.d, then those of
 * each prefix of whole components, the vendor's before the administrator's. What is not there is
 * fine. 0 or a negative errno: -EINVAL for a name that is no
 * keystore_prefix_valid() and for a file with something in it whose name is no fingerprint, -E2BIG
 * for more than a thousand. */
int keyring_load(const Keystore *store, const char *name, Keyring *ret, Error *err);

/* Whether somebody has decided about the keys for just these images: 1 when there is a file in the
 * directory of a prefix of name, also an empty one that takes a key back. 0 when there is none
 * (those for every image do not count), or a negative errno as keyring_load()'s. */
int keystore_knows(const Keystore *store, const char *name, Error *err);

/* Stores a key for the images below prefix (a valid one), or for all with prefix NULL,
 * in place of what is there; directories become 0755, the file 0644, both whatever the umask is,
 * which for the time is changed. It is on disk then. The path goes to *ret_path in fresh memory. */
int keystore_add(const Keystore *store, const char *prefix, const char *fingerprint,
	const void *text, size_t len, char **ret_path, Error *err);

#define _cleanup_keyring_ _cleanup_(keyring_done)
