/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A tar file on disk that has to be read out of order, compressed or not. */

#include "fetch/fetch.h"

/* Opens the tar file at path. A compressed one is unpacked into a nameless temporary file of the
 * store, of at most context->max_bytes. Returns a descriptor of the uncompressed tar, or a negative
 * errno. */
int archive_file_open(const FetchContext *context, const char *path, Error *err);
