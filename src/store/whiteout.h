/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whiteouts as overlayfs has them: the entry that hides what the layers below have of its name is a
 * character device with the number 0:0. */

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static inline bool whiteout_is(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0);
}
