/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Docker's image manifests of schema 1, which registries of before 2016 give out: read only. They
 * have no config of their own, and know layers by the digest of what is transferred alone. */

#include "spec/oci.h"

typedef struct Schema1Manifest {
	Arena arena;
	const char *name, *tag; /* that it says to be of */
	OciDescriptor *layers;  /* lowest first, without those that are said to be empty; size -1 */
	size_t n_layers;
	Json *image; /* what the uppermost layer says of the image */
} Schema1Manifest;

/* Whether media_type names such a manifest, signed or not. */
bool schema1_media_type(const char *media_type);

/* 0, -EINVAL or -ENOMEM. */
int schema1_parse(const char *text, size_t len, Schema1Manifest **ret, Error *err);
Schema1Manifest *schema1_free(Schema1Manifest *m);

/* Makes an image config (OCI) of it, now that the diff ids of the layers (n_layers of them) are
 * known. Fresh memory. Can be called once. 0, -EINVAL for a manifest that knows them, -ENOMEM. */
int schema1_config(Schema1Manifest *m, const char *const *diff_ids, char **ret);

DEFINE_CLEANUP(Schema1Manifest *, schema1_free)
#define _cleanup_schema1_ _cleanup_(schema1_freep)
