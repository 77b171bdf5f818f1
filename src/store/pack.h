/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From a file tree to a tar that holds all of it: the other way round than unpack.h. */

#include "store/view.h"

/* Takes len bytes of the tar. 0 or a negative errno with err filled, which ends it. */
typedef int (*PackWrite)(void *userdata, const void *data, size_t len, Error *err);

/* Numbers of users and groups that stand for others: first … first+n-1 for 0 … n-1. */
typedef struct PackIds {
	uint32_t first, n; /* n is 0: each is its own */
} PackIds;

/* Writes an ACI, not compressed: the manifest, then what the view shows below "rootfs", with
 * owners, times, attributes, links and devices. 0 or a negative errno. */
int pack_aci(const char *manifest, size_t manifest_len, const View *v, PackIds ids, PackWrite write,
	void *userdata, Error *err);
