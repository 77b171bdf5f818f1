/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Bytes on their way from one descriptor to another, of which one is the pod's side: a pipe, or the
 * master of a terminal. That one is closed when the flow has come to its end: who writes there
 * later is told as by any reader that has left, or that has hung up. */

#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

/* What can be written at once without waiting, once poll() has said so, is taken at a time. */
typedef struct Flow {
	int from, to;
	int *ours; /* the pod's side, which is set to -1 when it is closed; NULL: there is none */
	int error; /* of writing, negative; a reader that has left (EPIPE) is none */
	size_t at, len;
	char bytes[PIPE_BUF];
} Flow;

/* Whether there is anything to come. */
bool flow_goes_on(const Flow *flow);

/* What to wait for; a descriptor of -1 when there is nothing to come. */
struct pollfd flow_wish(const Flow *flow);

/* Reads, or writes what was read. False when nothing could be done, for now or ever. */
bool flow_advance(Flow *flow);

/* Moves what there is to be read, without waiting for more, in so many turns at most. It may take
 * some milliseconds until there is room for each piece, or as long as it likes (-1). */
void flow_drain(Flow *flow, unsigned turns, int patience);
