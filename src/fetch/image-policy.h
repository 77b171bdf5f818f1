/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What this machine's policy says about OCI and Docker images that are fetched: the file
 * policy.json in the directory of the local configuration (docs/formats/policy.md). */

#include "fetch/fetch.h"
#include "fetch/oci-image.h"
#include "fetch/sigstore.h"

/* Reads the policy of the directory. NULL in *ret when there is none. 0, -EINVAL for one that is
 * wrong, or another negative errno. */
int image_policy_load(const char *local_config, Policy **ret, Error *err);

/* Whether an image may be fetched at all: what can be said before anything of it is known. what
 * names its kind, "docker images". Without a policy none may, unless --insecure-options=image was
 * given; with one that option says nothing. 0, -EPERM, or another negative errno. */
int image_policy_admit(
	const FetchContext *context, const ImageRef *ref, const char *what, Error *err);

/* The same for an image of which nobody can tell where it is from: a policy has to accept whatever
 * it says nothing about. */
int image_policy_admit_unknown(const FetchContext *context, const char *what, Error *err);

/* An image whose signatures are looked for. */
typedef struct ImageAdmission {
	const FetchContext *context;
	const ImageRef *ref;
	SigstoreCheck check; /* source, manifest, referrers and userdata are the caller's to set */
} ImageAdmission;

/* An OciImport.admit: whether an image has the signatures that the policy demands, of its manifest
 * or of an index that led to it. userdata is an ImageAdmission. 0, -EKEYREJECTED, or another
 * negative errno. */
int image_policy_verify(void *userdata, const OciDocument *manifest, Error *err);
