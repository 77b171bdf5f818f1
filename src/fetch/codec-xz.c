/* SPDX-License-Identifier: Apache-2.0 */

/* xz, by liblzma. */

#include "fetch/codec-internal.h"

#include <errno.h>
#include <lzma.h>

static int xz_restart(void *state)
{
	lzma_stream *s = state;

	return lzma_stream_decoder(s, CODEC_MEMORY, 0) == LZMA_OK ? 0 : -ENOMEM;
}

static void xz_destroy(void *state)
{
	if (state)
		lzma_end(state);
	free(state);
}

static void *xz_create(void)
{
	lzma_stream *s = calloc(1, sizeof *s);

	if (s && xz_restart(s) < 0) {
		xz_destroy(s);
		return NULL;
	}
	return s;
}

static int xz_step(void *state, CodecBuffers *b, const char **ret_why)
{
	lzma_stream *s = state;
	lzma_ret r;

	s->next_in = b->in;
	s->avail_in = b->in_len;
	s->next_out = b->out;
	s->avail_out = b->out_len;
	r = lzma_code(s, LZMA_RUN);
	b->in = s->next_in;
	b->in_len = s->avail_in;
	b->out = s->next_out;
	b->out_len = s->avail_out;
	if (r == LZMA_STREAM_END)
		return 1;
	if (r == LZMA_OK || r == LZMA_BUF_ERROR)
		return 0;
	if (r == LZMA_MEM_ERROR)
		return -ENOMEM;
	*ret_why = r == LZMA_MEMLIMIT_ERROR ? "it needs more than 128 MiB of memory to decompress"
					    : *ret_why;
	return r == LZMA_MEMLIMIT_ERROR ? -E2BIG : -EINVAL;
}

static int xz_enlarge(void *state)
{
	return lzma_memlimit_set(state, CODEC_MEMORY_LARGE) == LZMA_OK ? 0 : -EINVAL;
}

const Codec codec_xz = {"xz", xz_create, xz_destroy, xz_restart, xz_step, xz_enlarge};
