/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a server wants to see before it gives something out: the value of a WWW-Authenticate header
 * (RFC 9110, section 11.6.1; parameters of "Bearer" as registries use them). */

#include "base/macro.h"

typedef enum ChallengeScheme {
	CHALLENGE_BASIC,
	CHALLENGE_BEARER,
} ChallengeScheme;

/* Texts are "" when the header does not have them. */
typedef struct Challenge {
	ChallengeScheme scheme;
	char realm[512];   /* BEARER: the URL that gives out tokens */
	char service[256]; /* BEARER: for the token request, as is */
	char scope[512];
	char error[64]; /* BEARER: why the token that was sent is not good enough */
} Challenge;

/* Reads the first challenge in text. Unknown parameters are ignored. -EINVAL for other text,
 * -ENOTSUP for a scheme that is neither Basic nor Bearer, -E2BIG for a value that is too long. */
int challenge_parse(const char *text, Challenge *ret);
