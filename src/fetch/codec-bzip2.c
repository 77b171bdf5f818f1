/* SPDX-License-Identifier: Apache-2.0 */

/* bzip2, by libbz2. */

#include "fetch/codec-internal.h"

#include <bzlib.h>
#include <errno.h>
#include <limits.h>

static int bzip2_restart(void *state)
{
	bz_stream *s = state;

	(void)BZ2_bzDecompressEnd(s);
	*s = (bz_stream){0};
	return BZ2_bzDecompressInit(s, 0, 0) == BZ_OK ? 0 : -ENOMEM;
}

static void bzip2_destroy(void *state)
{
	if (state)
		(void)BZ2_bzDecompressEnd(state);
	free(state);
}

static void *bzip2_create(void)
{
	bz_stream *s = calloc(1, sizeof *s);

	if (s && bzip2_restart(s) < 0) {
		free(s);
		return NULL;
	}
	return s;
}

static int bzip2_step(void *state, CodecBuffers *b, const char **ret_why)
{
	bz_stream *s = state;
	unsigned in = (unsigned)MIN(b->in_len, (size_t)UINT_MAX);
	unsigned out = (unsigned)MIN(b->out_len, (size_t)UINT_MAX);
	int r;

	s->next_in = (char *)b->in;
	s->avail_in = in;
	s->next_out = (char *)b->out;
	s->avail_out = out;
	r = BZ2_bzDecompress(s);
	b->in += in - s->avail_in;
	b->in_len -= in - s->avail_in;
	b->out += out - s->avail_out;
	b->out_len -= out - s->avail_out;
	if (r == BZ_STREAM_END)
		return 1;
	if (r == BZ_MEM_ERROR)
		return -ENOMEM;
	if (r == BZ_OK)
		return 0;
	return -EINVAL;
}

const Codec codec_bzip2 = {"bzip2", bzip2_create, bzip2_destroy, bzip2_restart, bzip2_step};
