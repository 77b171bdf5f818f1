/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Where the members of a tar file are, so that they can be read in any order and several at a time.
 */

#include <stdint.h>
#include "base/arena.h"
#include "base/error.h"

#define TAR_INDEX_MAX 20000 /* members */

typedef struct TarMember {
	const char *name; /* without "./" in front */
	const char *link; /* of a symbolic or hard link: the name it stands for, else NULL */
	int64_t offset, size;
} TarMember;

typedef struct TarIndex {
	Arena arena;
	TarMember *members;
	size_t n;
} TarIndex;

/* Reads the index of the uncompressed tar in fd, whose offset it changes. what names it in
 * messages. 0, -EINVAL for what is no tar, -EFBIG for more than TAR_INDEX_MAX members, or another
 * negative errno. */
int tar_index_read(int fd, const char *what, TarIndex *ret, Error *err);
void tar_index_done(TarIndex *t);

/* The member of this name, or the one that a link of this name leads to. NULL when there is none.
 */
const TarMember *tar_index_find(const TarIndex *t, const char *name);

#define _cleanup_tar_index_ _cleanup_(tar_index_done)
