/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the names in a tar mean. Text only: nothing here touches the disk. Internal to the store. */

#include <limits.h>
#include "base/error.h"

/* Cleans the name of an entry, or the target of a hard link, into a path relative to the root:
 * "./a//b/" becomes "a/b", "./" and "/" become "". 0; -EINVAL, with the reason, for an empty or
 * absolute name or one with ".."; or -ENAMETOOLONG. */
int tar_name_clean(const char *name, char ret[static PATH_MAX], Error *err);

/* How names of entries that hide something begin, and the one that makes its directory opaque. */
#define TAR_WHITEOUT_PREFIX ".wh."
#define TAR_OPAQUE_MARK     TAR_WHITEOUT_PREFIX TAR_WHITEOUT_PREFIX ".opq"

typedef enum TarWhiteout {
	TAR_WHITEOUT_NONE,
	TAR_WHITEOUT_NAME,   /* ".wh.NAME": NAME of the layers below is gone */
	TAR_WHITEOUT_OPAQUE, /* ".wh..wh..opq": everything in this directory of the layers below is
				gone */
	TAR_WHITEOUT_IGNORE, /* other names with ".wh..wh." at the start: bookkeeping of AUFS */
} TarWhiteout;

/* Classifies a cleaned path by the rules of OCI layers (image-spec, "Whiteouts"). For NAME the path
 * is changed to the one that is meant, for OPAQUE to that of the directory. 0, or -EINVAL with the
 * reason. */
int tar_name_whiteout(char *path, TarWhiteout *ret, Error *err);

/* A copy that can be shown on a terminal: control characters become '?'. Cut to what fits. */
const char *tar_name_show(const char *name, char *buf, size_t size);
