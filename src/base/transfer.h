/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Moving all of some bytes through a descriptor. Needs nothing but system calls, so that rkt-init
 * can use it too. */

#include <sys/types.h>

/* Reads until len bytes or the end; returns the number of bytes read, or a negative errno. Retries
 * on EINTR. */
ssize_t fd_read(int fd, void *buf, size_t len);

/* Writes all of it. 0 or a negative errno. Retries on EINTR. */
int fd_write(int fd, const void *buf, size_t len);
