/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The merged file tree of an image, seen without mounting it: what an overlay of its layers would
 * show. The plan compiler asks it for users, groups and executables before the pod exists. Every
 * lookup stays inside: ".." and absolute links resolve against the image's root, whiteouts
 * (character device 0:0) and opaque directories (trusted.overlay.opaque or user.overlay.opaque "y")
 * count. */

#include <sys/stat.h>
#include "store/store.h"

typedef struct View {
	int *layer_fds; /* roots, uppermost first */
	size_t n;
} View;

#define VIEW_INIT                                                                                  \
	{                                                                                          \
		0                                                                                  \
	}

int view_open(View *ret, const Store *s, const Image *image, Error *err);
/* The same, with the skeleton at the bottom: what an app finds in its root filesystem. */
int view_open_root(View *ret, const Store *s, const Image *image, Error *err);

/* The directory path of the merged tree, following links inside the image, as a view of its own.
 * *ret_st is its status. Errors as view_lookup(), and -ENOTDIR. */
int view_open_dir(View *ret, const View *of, const char *path, struct stat *ret_st);

void view_done(View *v);

/* Resolves path (absolute, in the image), following links inside the image, the last one only when
 * follow is set. 0 and an O_PATH descriptor in *ret_fd and, if wanted, its status and its resolved
 * absolute path in the image (fresh memory). -ENOENT, -ENOTDIR, -ELOOP as the kernel would say; no
 * error text. */
int view_lookup(const View *v, const char *path, bool follow, int *ret_fd, struct stat *ret_st,
	char **ret_resolved);

/* Reads a regular file of at most max bytes. -ENOENT and friends without error text; -EFBIG,
 * -EISDIR. */
int view_read_file(const View *v, const char *path, size_t max, char **ret, size_t *ret_len);

#define _cleanup_view_ _cleanup_(view_done)
