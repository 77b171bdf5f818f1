/* SPDX-License-Identifier: Apache-2.0 */
#include "fetch/pipeline.h"

#include <pthread.h>
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
	r = unpack_tar(p->root_fd, ring_read, ring, &p->unpack, &unpacked, err);
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
