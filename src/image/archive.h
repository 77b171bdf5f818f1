/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The archive of an ACI in the store: what came, compressed or not. */

#include "fetch/intake.h"
#include "store/store.h"

typedef struct Archive {
	int fd;
	int64_t size;
	IntakeOptions intake; /* with which it is read */
} Archive;

#define ARCHIVE_INIT                                                                               \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* -ENOENT when it is not there. */
int archive_open(Archive *ret, const Store *s, const char *key, Error *err);
void archive_done(Archive *a);

/* A Pipeline.produce, with an Archive. */
int archive_produce(void *userdata, Sink sink, Error *err);

/* Whether the digest, of the tar in an archive or of the manifest of another image, makes it that
 * of the image: -EBADMSG otherwise. */
int archive_check(const char *key, const char *hex, Error *err);

#define _cleanup_archive_ _cleanup_(archive_done)
