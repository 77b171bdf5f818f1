/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Signatures in the name of pods (HMAC with SHA-512), which nobody can make or check but the
 * process that has the key. */

#include <stddef.h>
#include "base/error.h"
#include "base/uuid.h"

#define SIGNER_KEY_SIZE    64
#define SIGNATURE_SIZE     64
#define SIGNER_CONTENT_MAX (256u << 10)

typedef struct Signer {
	unsigned char key[SIGNER_KEY_SIZE];
} Signer;

/* Makes the key. 0 or a negative errno. */
int signer_init(Signer *s, Error *err);

/* Signs what a pod says; uuid is valid, len at most SIGNER_CONTENT_MAX. 0 or -ENOMEM. */
int signer_sign(const Signer *s, const char *uuid, const char *content, size_t len,
	unsigned char ret[static SIGNATURE_SIZE]);

/* Whether the pod has said that; the time it takes tells nothing about the right signature. 1, 0 or
 * -ENOMEM. */
int signer_verify(const Signer *s, const char *uuid, const char *content, size_t len,
	const void *signature, size_t signature_len);
