/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Directories in cas/tmp, where everything is made before a rename makes it visible. Each is locked
 * (flock) by its maker for as long as it is in use, so that what nobody holds is known to be
 * garbage. Internal to the store. */

#include "store/store.h"

/* Files of partial.h: this, the boot ID, "-", a name. */
#define TMP_PARTIAL_PREFIX "p-"

typedef struct TmpDir {
	int parent_fd; /* cas/tmp */
	int fd;        /* the directory; holds the lock */
	char name[32];
} TmpDir;

#define TMP_DIR_INIT                                                                               \
	{                                                                                          \
		.parent_fd = -1, .fd = -1                                                          \
	}

/* Makes a directory, mode 0700, and locks it. */
int tmp_dir_make(const Store *s, TmpDir *ret, Error *err);

/* Removes it with all its content and unlocks it. */
void tmp_dir_done(TmpDir *t);

/* Tells tmp_dir_done() that the directory was renamed to its final place: only the lock remains to
 * be dropped. */
void tmp_dir_moved(TmpDir *t);

/* Removes what makers that died have left, and parts of downloads that nobody has asked for in a
 * week or that another boot has left. Best effort. */
void tmp_collect(const Store *s);

/* The same, but parts of downloads stay no longer than max_age seconds. */
void tmp_collect_older(const Store *s, int64_t max_age);

#define _cleanup_tmp_dir_ _cleanup_(tmp_dir_done)
