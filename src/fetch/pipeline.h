/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One archive from where it comes from to a directory, in one pass and two threads:
 *
 *   new thread:  produce -> intake (digest, decompress, digest) -> ring
 *   the caller:  ring -> the tar's file, if it is kept -> unpack_tar
 *
 * The result is worth keeping only when pipeline_run() returns 0. */

#include "fetch/intake.h"
#include "store/import.h"
#include "store/unpack.h"

typedef struct Pipeline {
	/* Delivers the archive's bytes, in order, to sink, and returns 0, or a negative errno with
	 * err filled (what the sink returned, above all). Runs in its own thread. */
	int (*produce)(void *userdata, Sink sink, Error *err);
	void *userdata;
	IntakeOptions intake;
	UnpackOptions unpack;
	int root_fd;    /* where the tree goes */
	const int *tar; /* the file that keeps the tar, NULL: none */
} Pipeline;

/* Runs it to its end. ret_hex receives the digest of the tar. */
int pipeline_run(
	const Pipeline *p, UnpackResult *ret, char ret_hex[static DIGEST_HEX_MAX + 1], Error *err);

/* The same for a layer on its way in: to its tree, or, if it shall be a view, to its tar and
 * *ret_index, which is the caller's, and NULL for a tree. pipeline_finish_layer() has to follow. */
int pipeline_run_layer(Pipeline *p, LayerImport *layer, bool view, LayerIndex **ret_index,
	UnpackResult *ret, char ret_hex[static DIGEST_HEX_MAX + 1], Error *err);

/* Makes of the tar, whose digest this is in hex, the view, or after all a tree: if as_tree says so,
 * or the tar allows nothing else. options are those of the pipeline; whoever has them was told of
 * files and implicit directories, and is not told again. */
int pipeline_finish_layer(const UnpackOptions *options, LayerImport *layer, LayerIndex *index,
	const char *digest, bool as_tree, UnpackResult *ret, Error *err);
