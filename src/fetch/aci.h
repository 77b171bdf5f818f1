/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From an archive to an ACI in the store: unpacked, its manifest checked, its signature verified.
 */

#include "fetch/fetch.h"
#include "fetch/http.h"
#include "fetch/sink.h"

/* Where an ACI comes from, and what it has to be. */
typedef struct AciSource {
	const char *what; /* names the image in messages */
	int file;         /* a file to read, size bytes of it; -1: produce() delivers */
	int64_t size;
	/* Sends the archive, in one piece after the other. */
	int (*produce)(void *userdata, Sink sink, Error *err);
	/* Opens the signature, when all of the archive is here. Returns a descriptor, which goes to
	 * the caller, or a negative errno. NULL: none is wanted. */
	int (*signature)(void *userdata, Error *err);
	void *userdata;
	const char *name;         /* that the manifest must have; NULL: any */
	const NameValues *labels; /* with a name: these too */
	const char *remote_ref;   /* NULL: a local file */
	bool latest;
	const HttpResponse *response; /* to the request for the archive, as produce() leaves it;
					 NULL for a file */
} AciSource;

/* On failure nothing of it is visible. */
int aci_import(const FetchContext *context, const AciSource *source,
	char ret_key[static STORE_KEY_LEN + 1], Error *err);

/* Imports an ACI once more from the archive that the store has of it, without a look at its
 * signature: its tree is made anew where it is missing, and it then is of what its dependencies are
 * now. */
int aci_import_again(const FetchContext *context, const Image *image, Error *err);
