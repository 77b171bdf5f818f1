/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One fetch of a layer at a time across processes: a locked file in cas/tmp that carries the
 * layer's name. It ends with its holder, however that ends. */

#include "fetch/progress.h"
#include "store/store.h"

typedef struct LayerLock {
	int dir_fd; /* cas/tmp */
	int fd;
	char name[180];
} LayerLock;

#define LAYER_LOCK_INIT                                                                            \
	{                                                                                          \
		.dir_fd = -1, .fd = -1                                                             \
	}

/* Waits for the lock, and says so when somebody else has it. */
int layer_lock_take(
	LayerLock *ret, const Store *s, const char *layer, Progress *progress, Error *err);
void layer_lock_done(LayerLock *l);
