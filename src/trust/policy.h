/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which OCI and Docker images this machine accepts: a file in the format of
 * containers-policy.json(5), as far as docs/formats/policy.md says. Text and structures only: what
 * an image is signed with others find out. */

#include "base/arena.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "spec/app.h"
#include "trust/docker-name.h"

#define POLICY_FILE_MAX (1u << 20)

/* What the name in a signature has to be. */
typedef enum PolicyIdentityKind {
	IDENTITY_REPO_DIGEST_OR_EXACT, /* the image's; the repository alone for one by digest */
	IDENTITY_EXACT,                /* the image's */
	IDENTITY_REPOSITORY,           /* that of the image's repository, whatever the tag */
	IDENTITY_EXACT_REFERENCE,      /* a certain one */
	IDENTITY_EXACT_REPOSITORY,     /* one of a certain repository */
	IDENTITY_REMAP,                /* the image's, with another beginning */
	IDENTITY_DIGEST,               /* any, and it may be missing; rkt's own */
} PolicyIdentityKind;

typedef struct PolicyIdentity {
	PolicyIdentityKind kind;
	DockerName name;                    /* EXACT_REFERENCE, EXACT_REPOSITORY */
	const char *prefix, *signed_prefix; /* REMAP */
} PolicyIdentity;

typedef enum PolicyKind {
	POLICY_ACCEPT, /* insecureAcceptAnything */
	POLICY_REJECT,
	POLICY_SIGSTORE,    /* sigstoreSigned, with keys */
	POLICY_UNSUPPORTED, /* what others can check and rkt cannot: nothing satisfies it */
} PolicyKind;

typedef struct PolicyRequirement {
	PolicyKind kind;
	StrList key_paths; /* SIGSTORE: files of one public key each, absolute; any of them will do
			    */
	StrList key_data;  /* the same as base64 of such a file */
	PolicyIdentity identity;
	const char *what; /* UNSUPPORTED: for messages */
} PolicyRequirement;

/* What holds for one scope. Every requirement has to be satisfied; there is one at least. */
typedef struct PolicyRule {
	const char *transport; /* NULL: the default of all */
	const char *scope;     /* "": the default of the transport */
	PolicyRequirement *requirements;
	size_t n_requirements;
} PolicyRule;

typedef struct Policy {
	Arena arena;
	PolicyRule *rules; /* the default of all first */
	size_t n_rules;
} Policy;

/* Reads a policy. what names the file in messages. 0, -ENOMEM, or -EINVAL with the place of the
 * fault: as in containers/image, nothing in it is passed over. */
int policy_parse(const char *text, size_t len, const char *what, Policy **ret, Error *err);
Policy *policy_free(Policy *p);

/* An image that is judged. */
typedef struct PolicyImage {
	const char *transport; /* "docker", "oci", "docker-archive" */
	DockerName name;       /* docker */
	const char *path;      /* oci: absolute, without links */
} PolicyImage;

/* The rule of the closest scope. */
const PolicyRule *policy_find(const Policy *p, const PolicyImage *image);

/* Whether a signature with that reference (NULL: with none) is one of the image by its name (NULL:
 * it has none). 1, 0, or -ENOMEM. What cannot be read is no match. */
int policy_identity_matches(
	const PolicyIdentity *identity, const DockerName *image, const char *reference);

DEFINE_CLEANUP(Policy *, policy_free)
#define _cleanup_policy_ _cleanup_(policy_freep)
