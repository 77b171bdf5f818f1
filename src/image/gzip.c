/* SPDX-License-Identifier: Apache-2.0 */
#include "image/gzip.h"

#include <isa-l/igzip_lib.h>
#include "base/fd.h"

#define OUT_SIZE (256u << 10)

struct GzipWriter {
	int fd;
	struct isal_zstream stream;
	uint8_t level[ISAL_DEF_LVL1_DEFAULT];
	uint8_t out[OUT_SIZE];
};

int gzip_writer_new(int fd, GzipWriter **ret, Error *err)
{
	GzipWriter *w = calloc(1, sizeof *w);

	if (!w)
		return fail_oom(err);
	w->fd = fd;
	isal_deflate_init(&w->stream);
	w->stream.gzip_flag = IGZIP_GZIP;
	w->stream.level = 1;
	w->stream.level_buf = w->level;
	w->stream.level_buf_size = sizeof w->level;
	*ret = w;
	return 0;
}

GzipWriter *gzip_writer_free(GzipWriter *w)
{
	free(w);
	return NULL;
}

/* Compresses all of the input, or to its end, as long as something comes out. */
static int deflate(GzipWriter *w, Error *err)
{
	int r = 0;

	do {
		w->stream.next_out = w->out;
		w->stream.avail_out = sizeof w->out;
		if (isal_deflate(&w->stream) != COMP_OK)
			return fail(err, -EINVAL, "compress");
		r = fd_write(w->fd, w->out, sizeof w->out - w->stream.avail_out);
	} while (r == 0 && w->stream.avail_out == 0);
	return r < 0 ? fail_errno(err, r, "write") : 0;
}

int gzip_write(void *userdata, const void *data, size_t len, Error *err)
{
	GzipWriter *w = userdata;

	/* What is written at once is far smaller than what 32 bits count. */
	w->stream.next_in = (uint8_t *)(uintptr_t)data;
	w->stream.avail_in = (uint32_t)len;
	return deflate(w, err);
}

int gzip_finish(GzipWriter *w, Error *err)
{
	w->stream.end_of_stream = 1;
	w->stream.avail_in = 0;
	return deflate(w, err);
}
