/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Image files on disk, as somebody else left them there. */

#include <stdint.h>
#include "base/cleanup.h"
#include "fetch/sink.h"

/* Opens the regular file path below dirfd. Anything else (a directory, a pipe) is refused with
 * -EINVAL and is never waited for. Returns the descriptor or a negative errno. */
int local_file_open(int dirfd, const char *path, int64_t *ret_size, Error *err);

/* Sends size bytes from offset on. -EINVAL when the file ends before. Several threads may send from
 * one descriptor. */
int local_file_send(int fd, int64_t offset, int64_t size, Sink sink, Error *err);

/* Sends what comes from fd, which may be a pipe, to its end. */
int local_stream_send(int fd, Sink sink, Error *err);
