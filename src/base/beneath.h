/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Opening below a root, by openat2(2). Needs nothing but system calls, so that rkt-init can use it
 * too. */

#include <sys/types.h>

/* Opens path below dirfd as if dirfd were "/": ".." and absolute links stay inside, magic links are
 * refused (RESOLVE_IN_ROOT). flags and mode as for open(2), O_CLOEXEC implied. Returns the
 * descriptor or a negative errno. */
int path_open_in_root(int dirfd, const char *path, int flags, mode_t mode);

/* The same, but anything that would leave dirfd, or any symbolic link on the way, is refused with
 * -ELOOP or -EXDEV (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS): for names that must mean exactly what
 * they spell. */
int path_open_beneath(int dirfd, const char *path, int flags, mode_t mode);

/* As path_open_beneath(), and crossing a mount point is refused with -EXDEV, also that of a bind
 * mount from the same filesystem. */
int path_open_same_mount(int dirfd, const char *path, int flags, mode_t mode);
