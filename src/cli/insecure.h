/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* --insecure-options: the protections that a user switches off. */

#include "base/error.h"

typedef enum Insecure {
	INSECURE_NONE = 0,
	INSECURE_IMAGE = 1 << 0,        /* no signature checks */
	INSECURE_TLS = 1 << 1,          /* no certificate checks */
	INSECURE_ONDISK = 1 << 2,       /* accepted for old scripts, without effect */
	INSECURE_HTTP = 1 << 3,         /* plain http for discovery and registries */
	INSECURE_PUBKEY = 1 << 4,       /* keys over connections that are not secure */
	INSECURE_CAPABILITIES = 1 << 5, /* all capabilities */
	INSECURE_PATHS = 1 << 6,        /* kernel paths neither hidden nor read-only */
	INSECURE_SECCOMP = 1 << 7,      /* no system call filter */

	INSECURE_ALL_FETCH = INSECURE_IMAGE | INSECURE_TLS | INSECURE_HTTP | INSECURE_PUBKEY,
	INSECURE_ALL_RUN = INSECURE_CAPABILITIES | INSECURE_PATHS | INSECURE_SECCOMP,
	INSECURE_ALL = INSECURE_ALL_FETCH | INSECURE_ALL_RUN | INSECURE_ONDISK,
} Insecure;

/* Parses a comma list of words (any case; a word may come more than once, as kubelets do it) into a
 * set of Insecure bits, which replaces what *ret held. 0, or -EINVAL with the unknown word named.
 */
int insecure_parse(const char *list, unsigned *ret, Error *err);

/* The list of words for completion, blank-separated, and for help, comma-separated. */
extern const char insecure_words[];

/* The set as a list that insecure_parse() reads back. Returns buf. */
#define INSECURE_TEXT 128
const char *insecure_format(unsigned set, char buf[static INSECURE_TEXT]);
