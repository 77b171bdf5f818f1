/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Printing a manifest, for the two cat-manifest verbs. */

#include "cli/option.h"

typedef struct ManifestOutput {
	bool pretty;
	const char *uuid_file; /* pods only */
} ManifestOutput;

extern const OptionSet *const manifest_output_sets[];     /* images */
extern const OptionSet *const pod_manifest_output_sets[]; /* pods */

/* Prints the JSON text indented by tabs, or as it is stored. */
int manifest_output(const ManifestOutput *options, const char *text, size_t len, Error *err);
