/* SPDX-License-Identifier: Apache-2.0 */

/* zstd, by libzstd. */

#include "fetch/codec-internal.h"

#include <errno.h>
#include <zstd.h>
#include <zstd_errors.h>

static void *zstd_create(void)
{
	return ZSTD_createDStream();
}

static void zstd_destroy(void *state)
{
	(void)ZSTD_freeDStream(state);
}

static int zstd_restart(void *state)
{
	(void)ZSTD_DCtx_reset(state, ZSTD_reset_session_only);
	return 0;
}

static int zstd_step(void *state, CodecBuffers *b, const char **ret_why)
{
	ZSTD_inBuffer in = {b->in, b->in_len, 0};
	ZSTD_outBuffer out = {b->out, b->out_len, 0};
	size_t r = ZSTD_decompressStream(state, &out, &in);

	b->in += in.pos;
	b->in_len -= in.pos;
	b->out += out.pos;
	b->out_len -= out.pos;
	if (!ZSTD_isError(r))
		return r == 0;
	if (ZSTD_getErrorCode(r) == ZSTD_error_memory_allocation)
		return -ENOMEM;
	*ret_why = ZSTD_getErrorName(r);
	return -EINVAL;
}

const Codec codec_zstd = {"zstd", zstd_create, zstd_destroy, zstd_restart, zstd_step};
