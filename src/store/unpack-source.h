/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The archive side of unpacking: pulls bytes from the caller into libarchive's tar reader, with a
 * ceiling. Internal to the store. */

#include <archive.h>
#include "store/unpack.h"

typedef struct UnpackSource {
	struct archive *archive;
	UnpackRead read;
	void *userdata;
	const char *what;
	Error *err;    /* filled by read when it fails */
	int error;     /* what read returned then */
	uint64_t left; /* bytes that may still be read */
	bool ended;
} UnpackSource;

int unpack_source_open(UnpackSource *ret, UnpackRead read, void *userdata,
	const UnpackOptions *options, Error *err);
void unpack_source_close(UnpackSource *s);

/* The next entry. 1, 0 at the end of the archive, or a negative errno. */
int unpack_source_next(UnpackSource *s, struct archive_entry **ret, Error *err);

/* Reads what comes behind the end of the archive, to the end of the stream. */
int unpack_source_drain(UnpackSource *s, Error *err);

/* Why reading the current entry failed. The text gives the reason alone. Returns a negative errno.
 */
int unpack_source_error(const UnpackSource *s, Error *err);
