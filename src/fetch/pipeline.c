/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/pipeline.h"

#include <pthread.h>
#include "base/fd.h"
#include "fetch/ring.h"

typedef struct Feeder {
	const Pipeline *pipeline;
	Ring *ring;
	int result;
	Error err;
	char hex[DIGEST_HEX_MAX + 1];
} Feeder;

static int feed(Feeder *f)
{
	_cleanup_intake_ Intake *intake = NULL;
	int r = intake_new(&f->pipeline->intake, (Sink){ring_write, f->ring}, &intake, &f->err);

	if (r < 0)
		return r;
	r = f->pipeline->produce(f->pipeline->userdata, (Sink){intake_write, intake}, &f->err);
	return r < 0 ? r : intake_finish(intake, f->hex, &f->err);
}

static void *feeder_main(void *arg)
{
	Feeder *f = arg;

	f->result = feed(f);
	ring_close(f->ring, f->result);
	return NULL;
}

typedef struct Source {
	Ring *ring;
	const int *tar;
} Source;

/* An UnpackRead. */
static ssize_t read_and_keep(void *userdata, const void **ret, Error *err)
{
	const Source *source = userdata;
	ssize_t n = ring_read(source->ring, ret, err);
	int r = n <= 0 || !source->tar ? 0 : fd_write(*source->tar, *ret, (size_t)n);

	return r < 0 ? fail_errno(err, r, "write the tar of the layer") : n;
}

int pipeline_run(
	const Pipeline *p, UnpackResult *ret, char ret_hex[static DIGEST_HEX_MAX + 1], Error *err)
{
	_cleanup_ring_ Ring *ring = NULL;
	Feeder feeder = {.pipeline = p};
	UnpackResult unpacked = {0};
	pthread_t thread;
	int r = ring_new(&ring, err);

	if (r < 0)
		return r;
	feeder.ring = ring;
	r = -pthread_create(&thread, NULL, feeder_main, &feeder);
	if (r < 0)
		return fail_errno(err, r, "start a thread");
	r = unpack_tar(
		p->root_fd, read_and_keep, &(Source){ring, p->tar}, &p->unpack, &unpacked, err);
	ring_leave(ring);
	(void)pthread_join(thread, NULL);
	/* When both ends failed, one of them only because of the other: the reader got the feeder's
	 * code, or the feeder was told that the reader had left. */
	if (feeder.result < 0 && feeder.result != -ECANCELED) {
		if (err)
			*err = feeder.err;
		return wrap(err, feeder.result, "cannot get %s", p->unpack.what);
	}
	if (r < 0)
		return r;
	memcpy(ret_hex, feeder.hex, sizeof feeder.hex);
	*ret = unpacked;
	return 0;
}

int pipeline_run_layer(Pipeline *p, LayerImport *layer, bool view, LayerIndex **ret_index,
	UnpackResult *ret, char ret_hex[static DIGEST_HEX_MAX + 1], Error *err)
{
	_cleanup_layer_index_ LayerIndex *index = NULL;
	int tar, r = 0;

	p->root_fd = layer_import_root(layer);
	if (view) {
		r = tar = layer_import_tar(layer, err);
		p->tar = &tar;
		if (r >= 0)
			r = layer_index_new(&index, err);
		p->unpack.index = index;
	}
	if (r >= 0)
		r = pipeline_run(p, ret, ret_hex, err);
	p->tar = NULL;
	p->unpack.index = NULL;
	if (r == 0)
		*ret_index = TAKE_PTR(index);
	return r;
}

/* An UnpackOptions.file. */
static int pass_over(void *userdata, const char *name, const char *data, size_t len, Error *err)
{
	return 0;
}

int pipeline_finish_layer(const UnpackOptions *options, LayerImport *layer, LayerIndex *index,
	const char *digest, bool as_tree, UnpackResult *ret, Error *err)
{
	UnpackOptions again = *options;

	if (!index)
		return 0;
	if (!as_tree && !ret->sparse)
		return layer_import_index(layer, index, digest, err);
	again.implicit = NULL;
	again.file = options->file ? pass_over : NULL;
	return layer_import_unpack(layer, &again, ret, err);
}
