/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* From a tar stream to a layer tree, or into the tree of a pod, safely: every path is resolved by
 * the kernel beneath the tree's root (openat2, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS for parents),
 * so no "..", absolute name, symbolic or hard link can reach out. What a layer cannot express
 * faithfully is refused with a message that names the entry. */

#include <stdint.h>
#include "base/error.h"
#include "store/tree-ids.h"

typedef struct UnpackLimits {
	uint64_t max_bytes; /* sum of file sizes */
	uint64_t max_entries;
} UnpackLimits;

/* A tree that is full of what others have, who may change everything at any moment. */
typedef struct UnpackAmong {
	TreeIds ids;
	/* Told of devices and fifos, which are not made. The path can be printed. */
	void (*passed_over)(const char *path, const char *why);
} UnpackAmong;

typedef struct LayerIndex LayerIndex;

typedef struct UnpackOptions {
	const char *what;  /* names the archive in messages: "layer sha256:..", "FILE.aci" */
	const char *strip; /* entries outside this top directory are not for the tree ("rootfs"),
			      NULL: all are */
	bool whiteouts;    /* turn .wh. names into overlay whiteouts (OCI layers) */
	UnpackLimits limits;
	/* What is unpacked comes among what is there: directories that are there stay as they are,
	 * and of extended attributes only those of users are set. The archive must have its end.
	 * NULL: the tree is empty, and nobody else's. */
	const UnpackAmong *among;
	/* Takes what is in the archive and where, in place of a tree: nothing is written. NULL:
	 * there is a tree. */
	LayerIndex *index;
	/* Called for a regular file outside strip (an ACI's "manifest"): name and whole content, at
	 * most file_max bytes. NULL: such entries are an error. */
	int (*file)(void *userdata, const char *name, const char *data, size_t len, Error *err);
	size_t file_max;
	/* Called at the end for each directory of the tree that no entry names ("" for the root):
	 * "etc" where there is only "etc/passwd". NULL: nobody wants to know. */
	int (*implicit)(void *userdata, const char *path, Error *err);
	void *userdata;
} UnpackOptions;

/* Pulls the uncompressed tar bytes: returns the number of bytes in *ret_data (valid until the next
 * call), 0 at the end, or a negative errno with err filled. */
typedef ssize_t (*UnpackRead)(void *source, const void **ret_data, Error *err);

typedef struct UnpackResult {
	uint64_t bytes; /* sum of file sizes */
	uint64_t entries;
	bool sparse; /* the content of a file is not in one piece, which no index can express */
} UnpackResult;

/* Reads the whole stream (to its very end, past the tar's end-of-archive, so that a digest over it
 * is complete) and fills root_fd, or the index. 0, -EINVAL for a bad or hostile archive, -EFBIG
 * past a limit, or another negative errno (-ENOSPC). */
int unpack_tar(int root_fd, UnpackRead read, void *source, const UnpackOptions *options,
	UnpackResult *ret, Error *err);
