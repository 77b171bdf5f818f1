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
	bool strict;   /* without its end, an archive is cut off */
	bool unpadded; /* it stopped right behind the content of its last entry */
} UnpackSource;

int unpack_source_open(UnpackSource *ret, UnpackRead read, void *userdata,
	const UnpackOptions *options, Error *err);
void unpack_source_close(UnpackSource *s);

/* The next entry. 1, 0 at the end of the archive, or a negative errno. */
int unpack_source_next(UnpackSource *s, struct archive_entry **ret, Error *err);

/* For when all content of the current entry was read and the next read fails: whether the stream
 * just ends there, without the padding that a tar should have (some tools that make layers leave it
 * out). unpack_source_next() then says that this was the last entry. */
bool unpack_source_lacks_padding(UnpackSource *s);

/* Reads what comes behind the end of the archive, to the end of the stream. */
int unpack_source_drain(UnpackSource *s, Error *err);

/* Why reading the current entry failed. The text gives the reason alone. Returns a negative errno.
 */
int unpack_source_error(const UnpackSource *s, Error *err);
