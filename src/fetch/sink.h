/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where bytes go that somebody else produces piece by piece: a blob from a registry, the output of
 * a decompressor. */

#include <stddef.h>
#include "base/error.h"

/* Takes len (> 0) bytes that stay valid during the call. 0, or a negative errno with err filled,
 * which stops the producer and is what the producer then returns. */
typedef int (*SinkWrite)(void *userdata, const void *data, size_t len, Error *err);

typedef struct Sink {
	SinkWrite write;
	void *userdata;
} Sink;

static inline int sink_write(const Sink *s, const void *data, size_t len, Error *err)
{
	return s->write(s->userdata, data, len, err);
}
