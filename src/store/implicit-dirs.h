/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Directories that the archive of a layer does not name, and that are there because of what is in
 * them. Above another tree they must not hide how that one's directories look. */

#include "store/view.h"

/* Gives the directories paths ("etc", "" for the root) of the tree root the owner, mode, time and
 * attributes of those that below shows in their place, if it does. 0 or a negative errno. */
int implicit_dirs_adopt(int root, const StrList *paths, const View *below, Error *err);
