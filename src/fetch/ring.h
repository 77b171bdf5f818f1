/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A bounded queue of bytes between two threads: one writes, one reads. Its size is fixed, so a slow
 * reader holds the writer (and with it the sender at the other end of the network) back. */

#include <sys/types.h>
#include "base/cleanup.h"
#include "base/error.h"

typedef struct Ring Ring;

int ring_new(Ring **ret, Error *err);
Ring *ring_free(Ring *r);

/* For the writer (a SinkWrite; userdata is the Ring). Waits while the ring is full. -ECANCELED when
 * the reader has left. */
int ring_write(void *userdata, const void *data, size_t len, Error *err);

/* For the writer: nothing more comes. code is 0 at the true end of the data, or the negative errno
 * that the reader is to fail with. */
void ring_close(Ring *r, int code);

/* For the reader (an UnpackRead; source is the Ring): the next bytes, valid until the next call. 0
 * at the end, or the code of ring_close(). */
ssize_t ring_read(void *source, const void **ret_data, Error *err);

/* For the reader: it takes no more. */
void ring_leave(Ring *r);

DEFINE_CLEANUP(Ring *, ring_free)
#define _cleanup_ring_ _cleanup_(ring_freep)
