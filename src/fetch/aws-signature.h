/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* AWS Signature Version 4, by header fields, for requests without a body to the service s3. */

#include "fetch/credentials.h"

typedef struct AwsKey {
	const char *id, *secret;
	const char *region; /* "": the one that the host belongs to */
} AwsKey;

/* Signs a request at a time; *ret gets x-amz-content-sha256, x-amz-date and Authorization. The
 * fields Host and those three are signed; others may be added. 0, -EINVAL for a url without a host,
 * or another negative errno. */
int aws_sign(const AwsKey *key, const char *method, const char *url, time_t now,
	CredentialHeaders *ret, Error *err);
