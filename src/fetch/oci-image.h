/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From the parts of an OCI or Docker image to an image in the store: manifest, config and layers
 * checked against their digests, layers unpacked, an rkt image manifest made. */

#include "fetch/fetch.h"
#include "fetch/image-source.h"

/* A manifest or index as it has come. */
typedef struct OciDocument {
	const struct OciDocument *index; /* that led to it, NULL: it is what the user named */
	const char *text;
	size_t len;
} OciDocument;

#define OCI_DOCUMENTS_MAX 4 /* a manifest, and indexes inside each other */

typedef struct OciImport {
	const FetchContext *context;
	const ImageSource *source;
	OciOrigin origin; /* manifest_digest and image_id are filled in here */
	const char *remote_ref;
	bool latest;
	/* Whether the image with this manifest may be imported, before anything of it is believed
	 * but where the indexes lead to. NULL: it may. */
	int (*admit)(void *userdata, const OciDocument *manifest, Error *err);
	void *userdata;
} OciImport;

/* Imports the image of a manifest, or the one for this machine from an index. text is what
 * media_type says, and is known to be right. */
int oci_image_import(const OciImport *import, const char *text, size_t len, const char *media_type,
	char ret_key[static STORE_KEY_LEN + 1], Error *err);

/* The same where the config is at hand and nobody has written a manifest: layers names the blobs
 * for the source. */
int oci_image_import_config(const OciImport *import, const OciManifest *manifest,
	const char *config, size_t config_len, char ret_key[static STORE_KEY_LEN + 1], Error *err);
