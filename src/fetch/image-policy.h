/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What this machine's policy says about OCI and Docker images that are fetched: the file
 * policy.json in the directory of the local configuration (docs/formats/policy.md). */

#include "fetch/fetch.h"
#include "fetch/sigstore.h"

/* Reads the policy of the directory. NULL in *ret when there is none. 0, -EINVAL for one that is
 * wrong, or another negative errno. */
int image_policy_load(const char *local_config, Policy **ret, Error *err);

/* Whether an image may be fetched at all: what can be said before anything of it is known. what
 * names its kind, "docker images". Without a policy none may, unless --insecure-options=image was
 * given; with one that option says nothing. 0, -EPERM, or another negative errno. */
int image_policy_admit(
	const FetchContext *context, const ImageRef *ref, const char *what, Error *err);

/* Whether an image of a registry has the signatures that the policy demands, by its manifest or
 * index, of which nothing is believed yet. Of check, source, manifest and userdata are the caller's
 * to set. 0, -EKEYREJECTED, or another negative errno. */
int image_policy_verify(const FetchContext *context, const ImageRef *ref, const char *manifest,
	size_t len, SigstoreCheck *check, Error *err);
