/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whole files, and what else descriptors need. Every descriptor is born close-on-exec. */

#include <sys/types.h>
#include "base/cleanup.h"
#include "base/error.h"
#include "base/transfer.h"

/* Reads the regular file at path below dirfd (AT_FDCWD for none) into fresh, NUL-terminated memory.
 * Anything else (a pipe, a device) is refused with -EINVAL, a directory with -EISDIR, and neither
 * is ever waited for. A file of more than max bytes fails with -EFBIG. ret_len may be NULL. */
int fd_read_file(int dirfd, const char *path, size_t max, char **ret, size_t *ret_len, Error *err);

/* The same of what a user has named for this one reading: it may be a pipe or a terminal as well
 * (/dev/stdin, a shell's process substitution), and is read to its end, whenever that comes. */
int fd_read_input(const char *path, size_t max, char **ret, size_t *ret_len, Error *err);

/* Creates or replaces the content of path below dirfd, in place and without sync: for files that
 * nobody reads before the directory is handed over. Atomic replacement is atomic-file.h's. */
int fd_write_file(
	int dirfd, const char *path, mode_t mode, const void *data, size_t len, Error *err);

/* Opens the directory path below dirfd, read-only. Returns the descriptor or a negative errno. */
int fd_open_dir(int dirfd, const char *path);

/* Sets or clears close-on-exec. 0 or a negative errno. */
int fd_set_cloexec(int fd, bool on);

/* Sets close-on-exec on all descriptors but the first three, for a child that is about to become
 * another program: libraries do not make all of theirs so. 0 or a negative errno. */
int fd_cloexec_all(void);

/* A new descriptor that opens a directory stream on fd's directory from its start; fd stays the
 * caller's. NULL and errno on failure. */
DIR *fd_opendir(int fd);
