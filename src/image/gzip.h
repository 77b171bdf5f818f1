/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Writes a file compressed by gzip, as it comes. */

#include "base/cleanup.h"
#include "base/error.h"

typedef struct GzipWriter GzipWriter;

/* fd stays the caller's, and has to outlive the writer. */
int gzip_writer_new(int fd, GzipWriter **ret, Error *err);
GzipWriter *gzip_writer_free(GzipWriter *w);

/* A PackWrite (userdata is the GzipWriter). */
int gzip_write(void *userdata, const void *data, size_t len, Error *err);

/* Writes what is left, and the end. */
int gzip_finish(GzipWriter *w, Error *err);

DEFINE_CLEANUP(GzipWriter *, gzip_writer_free)
#define _cleanup_gzip_ _cleanup_(gzip_writer_freep)
