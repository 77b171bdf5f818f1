/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Files that appear whole or not at all: written under a temporary name in the same directory,
 * synced when asked, then renamed. A crash leaves at most a temporary file whose name starts with
 * ".tmp-", which readers ignore and store/pod cleanup removes. */

#include <sys/types.h>
#include "base/error.h"

typedef enum AtomicFlags {
	ATOMIC_SYNC =
		1 << 0, /* fdatasync the file before and fsync the directory after the rename */
	ATOMIC_NO_REPLACE = 1 << 1, /* an existing file stays, result -EEXIST */
} AtomicFlags;

/* Writes len bytes as path (which may contain '/') below dirfd. 0 or a negative errno. */
int atomic_write(int dirfd, const char *path, mode_t mode, const void *data, size_t len, int flags,
	Error *err);

/* Renames within or between directories of one filesystem, then syncs the target directory. -EEXIST
 * when the target exists (RENAME_NOREPLACE). */
int atomic_rename(
	int from_dirfd, const char *from, int to_dirfd, const char *to, bool sync, Error *err);
