/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* flock(2) on files and directories. A lock belongs to the open file, so it is shared with children
 * that inherit the descriptor and ends when the last copy is closed. */

#include "base/error.h"

typedef enum LockMode {
	LOCK_MODE_SHARED,
	LOCK_MODE_EXCLUSIVE,
} LockMode;

/* Opens the directory path below dirfd and locks it. Returns the descriptor, or a negative errno.
 * With wait false a lock that somebody else holds gives -EWOULDBLOCK (no error text: the caller
 * knows what that means). */
int lock_dir(int dirfd, const char *path, LockMode mode, bool wait, Error *err);

/* The same for a file, created with 0600 when missing. */
int lock_file(int dirfd, const char *path, LockMode mode, bool wait, Error *err);
