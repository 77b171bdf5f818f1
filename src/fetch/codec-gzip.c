/* SPDX-License-Identifier: Apache-2.0 */

/* gzip, by ISA-L. */

#include "fetch/codec-internal.h"

#include <errno.h>
#include <isa-l/igzip_lib.h>

static int gzip_restart(void *state)
{
	struct inflate_state *s = state;

	isal_inflate_reset(s);
	s->crc_flag = ISAL_GZIP;
	return 0;
}

static void *gzip_create(void)
{
	struct inflate_state *s = calloc(1, sizeof *s);

	if (s) {
		isal_inflate_init(s);
		(void)gzip_restart(s);
	}
	return s;
}

static int gzip_step(void *state, CodecBuffers *b, const char **ret_why)
{
	struct inflate_state *s = state;
	uint32_t in = (uint32_t)MIN(b->in_len, (size_t)UINT32_MAX);
	uint32_t out = (uint32_t)MIN(b->out_len, (size_t)UINT32_MAX);
	int r;

	s->next_in = (uint8_t *)b->in;
	s->avail_in = in;
	s->next_out = b->out;
	s->avail_out = out;
	r = isal_inflate(s);
	b->in = s->next_in;
	b->in_len -= in - s->avail_in;
	b->out = s->next_out;
	b->out_len -= out - s->avail_out;
	if (r == ISAL_INCORRECT_CHECKSUM)
		*ret_why = "the checksum does not match";
	if (r < 0)
		return -EINVAL;
	return s->block_state == ISAL_BLOCK_FINISH;
}

const Codec codec_gzip = {"gzip", gzip_create, free, gzip_restart, gzip_step};
