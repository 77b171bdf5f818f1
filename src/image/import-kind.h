/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Sources of imports that are something else than root filesystems. */

#include "image/import.h"
#include "store/view.h"

/* -EINVAL, with what it is and what to do about it, where the source is known not to be a root
 * filesystem but to hold an image; else 0. */
int import_check_kind(const View *view, const ImportSpec *spec, bool is_tar, Error *err);
