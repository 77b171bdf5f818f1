/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether an image has the signatures that a policy demands: those of cosign, by keys that the
 * policy names. */

#include "fetch/fetch.h"
#include "fetch/image-source.h"
#include "trust/policy.h"

typedef struct SigstoreCheck {
	const ImageSource *source; /* of the repository: brings payloads */
	/* Brings the manifest with that tag. -ENOENT when there is none. */
	int (*manifest)(void *userdata, const char *tag, Sink sink, Error *err);
	void *userdata;
	const DockerName *name; /* of the image */
	const char *digest;     /* of its manifest or index: "sha256:..." */
} SigstoreCheck;

/* Looks for a signature for each requirement of the rule that demands one, and tells the user whose
 * key it is by. Nothing is looked for when none does. 0, -EKEYREJECTED when a signature is missing,
 * with what is wrong with the one that comes closest, or another negative errno. */
int sigstore_verify(const SigstoreCheck *check, const PolicyRule *rule, Error *err);

/* Judges one signature, of which the payload is at hand. 0 when it satisfies the requirement,
 * otherwise how close it comes: */
typedef enum SigstoreVerdict {
	SIGSTORE_GOOD,
	SIGSTORE_OTHER_NAME,  /* a key of the requirement signed this image under another name */
	SIGSTORE_OTHER_IMAGE, /* it signed another image */
	SIGSTORE_BAD_PAYLOAD, /* it signed something else */
	SIGSTORE_OTHER_KEY,   /* none of the keys signed it */
} SigstoreVerdict;

/* A SigstoreVerdict, with the reason in err, or a negative errno: keys cannot be read. *ret_key
 * gets the name of the key that signed, for messages; it points into requirement. */
int sigstore_judge(const PolicyRequirement *requirement, const DockerName *name, const char *digest,
	const char *payload, size_t payload_len, const char *signature, const char **ret_key,
	Error *err);
