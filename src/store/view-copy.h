/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The merged file tree of an image as files of its own, for hosts and pods without overlays. */

#include "store/view.h"

/* Copies everything that an overlay of the layers would show into the empty directory target, whose
 * own attributes stay as they are: content (shared with the original where the filesystem can),
 * owners, modes, times, attributes, links, devices. first_id is added to the number of each owner:
 * where users and groups of a user namespace begin on the host, or 0. The caller is root. On
 * failure target is left half full. 0 or a negative errno. */
int view_copy(const View *v, int target, uint32_t first_id, Error *err);
