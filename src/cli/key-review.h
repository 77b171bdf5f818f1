/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether a user means to trust a key that rkt has found. */

#include <stdio.h>
#include "trust/openpgp.h"

typedef struct KeyReview {
	const char *prefix;   /* of the images that it is to be trusted for, "" for all */
	const char *location; /* where it comes from: a path or a URL */
	bool skip;            /* nobody is asked */
	bool piped_stdin;     /* what comes from a stdin that is no terminal is not the answer */
	FILE *out;            /* where all of it is said */
} KeyReview;

typedef enum KeyVerdict {
	KEY_TRUSTED,
	KEY_DECLINED,
} KeyVerdict;

/* Shows the key, asks at the terminal, and says what came out. A KeyVerdict, or a negative errno:
 * -ENOTTY when there is nobody to ask. */
int key_review(const KeyReview *review, const OpenpgpKey *key, Error *err);
