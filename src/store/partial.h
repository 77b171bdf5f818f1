/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What has come of a download so far: a file in cas/tmp that outlives who writes it, so that the
 * next attempt can go on where the last one was cut off. It is bound to this boot, since nobody
 * waits for the disk; what a later boot or a week finds is removed (tmp.h). Losing it loses
 * nothing but time: whoever uses it digests the whole. */

#include <stdint.h>
#include "store/store.h"

typedef struct Partial {
	int dir_fd; /* cas/tmp */
	int fd;     /* holds the lock; -1: there is none */
	uint64_t len;
	char name[224];
} Partial;

#define PARTIAL_INIT                                                                               \
	{                                                                                          \
		.dir_fd = -1, .fd = -1                                                             \
	}

/* Opens what there is under name (a digest; [a-z0-9:-] only), an empty one when there is nothing.
 * 0, -EWOULDBLOCK without error text while somebody else writes it, or another negative errno. */
int partial_open(const Store *s, const char *name, Partial *ret, Error *err);

/* Whether there is one, for somebody who may have to tell later what it has led to. */
bool partial_exists(const Store *s, const char *name);

/* Adds len bytes at its end. 0 or a negative errno (-ENOSPC). */
int partial_append(Partial *p, const void *data, size_t len);

/* Empties it. 0 or a negative errno. */
int partial_truncate(Partial *p);

/* Removes it: it is complete, or good for nothing. Nothing to do when it is not open. */
void partial_remove(Partial *p);

/* Leaves it for the next attempt; an empty one is removed. */
void partial_done(Partial *p);

#define _cleanup_partial_ _cleanup_(partial_done)
