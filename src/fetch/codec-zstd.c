/* SPDX-License-Identifier: Apache-2.0 */

/* zstd, by libzstd. */

#include "fetch/codec-internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#define WINDOW_LOG       23 /* 8 MiB, which every decoder must accept: RFC 8878, 3.1.1.1.2 */
#define WINDOW_LOG_LARGE 27 /* what "zstd --ultra -22" uses */
#define HEADER_MAX       18 /* a frame's */

typedef struct ZstdState {
	ZSTD_DStream *stream;
	uint8_t head[HEADER_MAX]; /* how the frame began, to begin it again */
	size_t head_len;
} ZstdState;

static void zstd_destroy(void *state)
{
	ZstdState *z = state;

	if (z)
		(void)ZSTD_freeDStream(z->stream);
	free(z);
}

static int zstd_restart(void *state)
{
	ZstdState *z = state;

	z->head_len = 0;
	(void)ZSTD_DCtx_reset(z->stream, ZSTD_reset_session_only);
	(void)ZSTD_DCtx_setParameter(z->stream, ZSTD_d_windowLogMax, WINDOW_LOG);
	return 0;
}

static void *zstd_create(void)
{
	ZstdState *z = calloc(1, sizeof *z);

	if (z)
		z->stream = ZSTD_createDStream();
	if (!z || !z->stream) {
		zstd_destroy(z);
		return NULL;
	}
	(void)zstd_restart(z);
	return z;
}

static void keep_head(ZstdState *z, const uint8_t *in, size_t len)
{
	size_t n = len < HEADER_MAX - z->head_len ? len : HEADER_MAX - z->head_len;

	memcpy(z->head + z->head_len, in, n);
	z->head_len += n;
}

static int zstd_failure(size_t result, const char **ret_why)
{
	switch (ZSTD_getErrorCode(result)) {
	case ZSTD_error_memory_allocation: return -ENOMEM;
	case ZSTD_error_frameParameter_windowTooLarge:
		*ret_why = "it needs more than 128 MiB of memory to decompress";
		return -E2BIG;
	default: *ret_why = ZSTD_getErrorName(result); return -EINVAL;
	}
}

static int zstd_step(void *state, CodecBuffers *b, const char **ret_why)
{
	ZstdState *z = state;
	ZSTD_inBuffer in = {b->in, b->in_len, 0};
	ZSTD_outBuffer out = {b->out, b->out_len, 0};
	size_t r = ZSTD_decompressStream(z->stream, &out, &in);

	if (ZSTD_isError(r))
		return zstd_failure(r, ret_why);
	keep_head(z, b->in, in.pos);
	b->in += in.pos;
	b->in_len -= in.pos;
	b->out += out.pos;
	b->out_len -= out.pos;
	return r == 0;
}

static int zstd_enlarge(void *state)
{
	ZstdState *z = state;
	ZSTD_inBuffer in = {z->head, z->head_len, 0};
	ZSTD_outBuffer out = {NULL, 0, 0};

	(void)ZSTD_DCtx_reset(z->stream, ZSTD_reset_session_only);
	(void)ZSTD_DCtx_setParameter(z->stream, ZSTD_d_windowLogMax, WINDOW_LOG_LARGE);
	return z->head_len == 0 || !ZSTD_isError(ZSTD_decompressStream(z->stream, &out, &in))
		       ? 0
		       : -EINVAL;
}

const Codec codec_zstd = {"zstd", zstd_create, zstd_destroy, zstd_restart, zstd_step, zstd_enlarge};
