/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Files with several names, each known by the first one that was met. */

#include <sys/stat.h>
#include "base/error.h"

typedef struct HardLinks {
	void *root; /* for tsearch() */
} HardLinks;

/* Notes that the file with the status st, in a layer, has the name path. *ret is NULL when that is
 * its first one, else the first one, valid until hard_links_done(). 0 or -ENOMEM. */
int hard_links_note(HardLinks *l, size_t layer, const struct stat *st, const char *path,
	const char **ret, Error *err);

/* Forgets all. */
void hard_links_done(HardLinks *l);
