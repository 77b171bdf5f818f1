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

/* One of several views that are put together. */
typedef struct ViewPart {
	const View *view;         /* one layer at least */
	const StrList *whitelist; /* paths ("etc/passwd"), sorted by strcmp(): nothing else is
				     taken; NULL: everything is */
	bool all_dirs;            /* directories are taken whatever the list says */
} ViewPart;

/* Copies all of the parts, uppermost first, into the empty directory target, which gets the
 * attributes of the first one's root. What a part has is taken unless a part above has something of
 * that path, or something that is no directory on the way to it: that is how appc puts images
 * together, other than overlays only in that a directory shows again below a file that a directory
 * above hides. Directories that the list leaves out and that something is in are made with mode
 * 0755. *ret_bytes: the sum of file sizes. Otherwise as view_copy(). */
int view_merge(const ViewPart *parts, size_t n, int target, uint64_t *ret_bytes, Error *err);
