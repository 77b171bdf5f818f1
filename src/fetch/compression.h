/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Decompression of foreign bytes, pushed in pieces of any size. What a stream is compressed with is
 * told by its first bytes, never by a name or media type. */

#include "base/cleanup.h"
#include "fetch/sink.h"

#define COMPRESSION_HEAD_MAX 512 /* first bytes that are needed to recognise any kind */

typedef enum Compression {
	COMPRESSION_NONE, /* a tar as it is */
	COMPRESSION_GZIP,
	COMPRESSION_BZIP2,
	COMPRESSION_XZ,
	COMPRESSION_ZSTD,
} Compression;

/* Recognises gzip, bzip2, xz, zstd, and tar (POSIX, GNU, or old V7 with a valid header checksum).
 * head holds the first len bytes: COMPRESSION_HEAD_MAX, or all there are. 0, or -EINVAL without
 * error text for anything else. */
int compression_detect(const void *head, size_t len, Compression *ret);

typedef struct Decompressor Decompressor;

/* Starts a stream of this kind. Its output goes to out in pieces of at most 256 KiB. 0 or -ENOMEM.
 */
int decompressor_new(Compression kind, Sink out, Decompressor **ret, Error *err);
Decompressor *decompressor_free(Decompressor *d);

/* Takes the next len bytes. Streams of several members are one stream; zero bytes behind the last
 * member are padding. 0, -EINVAL for corrupt data, or what out returned. */
int decompressor_feed(Decompressor *d, const void *data, size_t len, Error *err);

/* Says that the input ends here. -EINVAL when the stream is not complete. */
int decompressor_finish(Decompressor *d, Error *err);

DEFINE_CLEANUP(Decompressor *, decompressor_free)
#define _cleanup_decompressor_ _cleanup_(decompressor_freep)
