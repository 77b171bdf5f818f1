/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* All of the merged file tree of an image, one name after the other. */

#include "store/view.h"

/* One path that shows. */
typedef struct ViewEntry {
	const char *path; /* "etc/passwd" */
	int dir;          /* a directory above it, in its layer */
	const char *name; /* the path from there, to be resolved beneath it */
	size_t layer;     /* the uppermost that has it */
	int fd;           /* a directory, open for reading; -1 for everything else */
	struct stat st;
} ViewEntry;

/* 0 to go on, 1 not to enter this directory, or a negative errno with err filled, which ends it. */
typedef int (*ViewVisit)(void *userdata, const ViewEntry *e, Error *err);

/* Visits everything but the root itself. What is in a directory and below comes behind it, with
 * nothing else in between; otherwise there is no order.
 * Errors name the path. 0 or a negative errno. */
int view_visit(const View *v, ViewVisit visit, void *userdata, Error *err);

/* The same for one layer as it is, with its whiteouts, which views do not show. root is its root.
 */
int layer_visit(int root, ViewVisit visit, void *userdata, Error *err);
