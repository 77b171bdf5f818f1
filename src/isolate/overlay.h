/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether root filesystems can be overlays at all. */

#include "base/error.h"

/* Looks at the kernel and at the filesystem of a data directory. 0; -EOPNOTSUPP with the reason; or
 * another negative errno. */
int overlay_check(const char *data_dir, Error *err);
