/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Resolving one path in the merged tree of several layers, name by name, as an overlay of them
 * would. Internal to the view. */

#include <limits.h>
#include "base/strbuf.h"
#include "store/view.h"

/* A walk through the merged tree. It stands in the directory at, which has no link in it and is
 * made of the layers that are marked in dir; node, st and layer are what the last name led to. */
typedef struct ViewWalk {
	const View *v;
	StrBuf at;   /* "" for the root, else "/a/b" */
	char *rest;  /* what is still to be resolved */
	bool *dir;   /* per layer */
	bool *found; /* per layer: where the last name is a directory that shows */
	struct stat st;
	size_t layer; /* the uppermost that has it */
	unsigned links, steps;
} ViewWalk;

#define VIEW_WALK_INIT(view)                                                                       \
	{                                                                                          \
		.v = (view), .at = STRBUF_INIT(PATH_MAX)                                           \
	}
void view_walk_done(ViewWalk *w);

/* Resolves path. 0 and the layer that has it, its path below the layer's root ("." for the root;
 * fresh memory) and, in w->at, its path in the image. A walk is used once. */
int view_walk(ViewWalk *w, const char *path, bool follow, size_t *ret_layer, char **ret_path);

/* Whether a directory hides what lower layers have in it. */
bool view_is_opaque(int dir);

#define _cleanup_view_walk_ _cleanup_(view_walk_done)
