/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Files that appear whole or not at all: written under a temporary name in the same directory, then
 * renamed. A crash leaves at most a temporary file whose name starts with ".tmp-", which readers
 * ignore. */

#include <sys/types.h>
#include "base/error.h"

/* Writes len bytes as path (which may contain '/') below dirfd, in place of what is there. Nothing
 * is synced: a crash of the host may undo it. 0 or a negative errno. */
int atomic_write(
	int dirfd, const char *path, mode_t mode, const void *data, size_t len, Error *err);

/* The same for name, which has no '/', in the directory that dirfd is open on; it outlives a crash
 * of the host, which at no time leaves anything but the old file or the new one. */
int atomic_write_synced(
	int dirfd, const char *name, mode_t mode, const void *data, size_t len, Error *err);
