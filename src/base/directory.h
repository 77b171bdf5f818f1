/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Making directories. Needs nothing but system calls, so that rkt-init can use it too. */

#include <sys/types.h>

/* Creates every missing directory of path below dirfd with mode. Existing ones stay as they are. 0
 * or a negative errno. */
int path_mkdir_parents(int dirfd, const char *path, mode_t mode);
