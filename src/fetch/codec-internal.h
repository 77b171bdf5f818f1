/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One kind of compression behind decompressor_feed(). A codec decodes one member (gzip member, zstd
 * frame, ...) at a time; what follows a member is compression.c's to judge. */

#include <stdint.h>
#include "base/error.h"

typedef struct CodecBuffers {
	const uint8_t *in; /* advanced by what was consumed */
	size_t in_len;
	uint8_t *out; /* advanced by what was produced */
	size_t out_len;
} CodecBuffers;

typedef struct Codec {
	const char *name;
	/* A decoder at the start of a member, NULL when out of memory. */
	void *(*create)(void);
	void (*destroy)(void *state);
	/* Back to the start of a member. 0 or -ENOMEM. */
	int (*restart)(void *state);
	/* Decodes as far as input and room go. 1 at the end of the member, 0 when it wants more
	 * input or room, -E2BIG when the member needs more memory than CODEC_MEMORY, or -EINVAL,
	 * -ENOMEM. *ret_why is replaced when there is more to say than that the data is corrupt. */
	int (*step)(void *state, CodecBuffers *buffers, const char **ret_why);
	/* After -E2BIG: goes on with this member with up to CODEC_MEMORY_LARGE. 0 or -EINVAL. NULL
	 * where nothing needs it. */
	int (*enlarge)(void *state);
} Codec;

#define CODEC_MEMORY       (10u << 20) /* what xz -6 and all but the last levels of zstd need */
#define CODEC_MEMORY_LARGE (128u << 20)

extern const Codec codec_gzip, codec_bzip2, codec_xz, codec_zstd;
