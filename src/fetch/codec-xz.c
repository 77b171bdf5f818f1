/* SPDX-License-Identifier: Apache-2.0 */

/* xz, by liblzma. */

#include "fetch/codec-internal.h"

#include <errno.h>
#include <lzma.h>

/* What "xz -9" needs, with room to spare. Larger dictionaries do not pay for image layers. */
#define MEMORY_MAX (128u << 20)

static int xz_restart(void *state)
{
	lzma_stream *s = state;

	return lzma_stream_decoder(s, MEMORY_MAX, 0) == LZMA_OK ? 0 : -ENOMEM;
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
	if (r == LZMA_MEMLIMIT_ERROR)
		*ret_why = "it needs more than 128 MiB of memory to decompress";
	return -EINVAL;
}

const Codec codec_xz = {"xz", xz_create, xz_destroy, xz_restart, xz_step};
