/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The layers of a stage1 image, and the overlay of a pod over them: "stage1TreeStoreID" names the
 * layers, one on a line, lowest first; the overlay's directories are overlay/LOWEST/upper and
 * work. Internal to the flavor. */

#include "pod/pod.h"

/* Writes the file. 0 or a negative errno. */
int stage1_trees_write(const Pod *pod, const Image *stage1, Error *err);

/* The layers that a file of the pod's directory names, as the lower directories of an overlay take
 * them: relative to the pod's directory, uppermost first, each with a NUL behind it. With skeleton,
 * what is below every app too. Fresh memory. 0, -EINVAL for what is no layer's name, or another
 * negative errno. */
int stage1_trees_lowers(
	const Pod *pod, const char *file, bool skeleton, char **ret, size_t *ret_len, Error *err);

/* The directories of the overlay, relative to the pod's. Fresh memory. */
int stage1_trees_overlay(const Pod *pod, char **ret_upper, char **ret_work, Error *err);

/* Makes them, if they are not there. Returns the descriptor of the upper one. */
int stage1_trees_make_overlay(const Pod *pod, Error *err);
