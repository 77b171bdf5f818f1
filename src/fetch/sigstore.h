/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether an image has the signatures that a policy demands: those of cosign, by keys that the
 * policy names. */

#include "fetch/fetch.h"
#include "fetch/image-source.h"
#include "trust/policy.h"

/* A manifest or index as it has come, whose signature would be one of the image. */
typedef struct SigstoreSubject {
	const char *digest; /* "sha256:..." */
	const char *text;
	size_t len;
} SigstoreSubject;

typedef struct SigstoreCheck {
	const ImageSource *source; /* of the image: brings signatures too */
	/* Brings the manifest or index with that tag. -ENOENT when there is none. */
	int (*manifest)(void *userdata, const char *tag, Sink sink, Error *err);
	/* Brings an index of what refers to the manifest with that digest. -ENOENT where that is
	 * not known. */
	int (*referrers)(void *userdata, const char *digest, Sink sink, Error *err);
	void *userdata;
	const DockerName *name; /* of the image, NULL: it has none */
	const SigstoreSubject *subjects;
	size_t n_subjects;
} SigstoreCheck;

/* Looks for a signature for each requirement of the rule that demands one, and tells the user whose
 * key it is by. Nothing is looked for when none does. 0, -EKEYREJECTED when a signature is missing,
 * with what is wrong with the one that comes closest, or another negative errno. */
int sigstore_verify(const SigstoreCheck *check, const PolicyRule *rule, Error *err);

/* A signature that was found. */
typedef struct SigstoreFound {
	const SigstoreSubject *subject; /* what it was found by */
	OciDescriptor blob;
	const char *text; /* of the blob: a payload, or a bundle; NULL: it is not at hand */
	size_t len;
	const char *signature; /* of the payload, base 64; NULL: the text is a bundle */
} SigstoreFound;

#define REFERRERS_MAX 64 /* of one subject; of more the first ones are not looked at */

/* The signatures of an image, as far as they were looked for, in the order of their judgement. */
typedef struct SigstoreAttached {
	const SigstoreCheck *check;
	Arena arena;
	SigstoreFound *items;
	size_t n;
	bool others; /* there is something in their place */
	size_t stage;
	OciDescriptor referrers[REFERRERS_MAX]; /* that were not looked at yet, the next one last */
	size_t n_referrers;
} SigstoreAttached;

void sigstore_attached_done(SigstoreAttached *a);

/* Looks for more of them. 1, 0 when there are no more, or a negative errno. */
int sigstore_attached_more(SigstoreAttached *a, Error *err);

/* Judges one signature, of which the text is at hand. 0 when it satisfies the requirement,
 * otherwise how close it comes: */
typedef enum SigstoreVerdict {
	SIGSTORE_GOOD,
	SIGSTORE_OTHER_NAME,  /* a key of the requirement signed this image under another name */
	SIGSTORE_OTHER_IMAGE, /* it signed another image */
	SIGSTORE_BAD_PAYLOAD, /* it signed something else */
	SIGSTORE_OTHER_KEY,   /* none of the keys signed it */
	SIGSTORE_OTHER_KIND,  /* no key can have signed it: a certificate's, or no signature */
} SigstoreVerdict;

/* A SigstoreVerdict, with the reason in err, or a negative errno: keys cannot be read. name is the
 * image's, NULL: it has none. *ret_key gets the name of the key that signed, for messages; it
 * points into requirement. */
int sigstore_judge(const PolicyRequirement *requirement, const DockerName *name,
	const SigstoreFound *found, const char **ret_key, Error *err);
