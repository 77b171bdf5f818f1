/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* --stage1-url, -path, -name, -hash, -from-dir, and the default: which image is the pod's stage1.
 */

#include "cli/find-image.h"
#include "cli/run-options.h"

/* What rkt's own stage1 images are here. */
typedef enum OwnStage1 {
	OWN_STAGE1_NONE,    /* not one of them */
	OWN_STAGE1_NATIVE,  /* one that the built-in flavor stands for */
	OWN_STAGE1_MISSING, /* one that does what the built-in flavor does not; err says it */
} OwnStage1;

/* By an image name, perhaps with a version and labels, and by the name of a file. */
OwnStage1 own_stage1_by_name(const char *name, Error *err);
OwnStage1 own_stage1_by_file(const char *path, Error *err);

/* Finds the chosen image, fetching it when it has to be, and trusting what is among rkt's own
 * stage1 images or beside rkt itself. Without a choice the configuration chooses. *ret is NULL for
 * the built-in flavor: where nothing is chosen there either, or one of rkt's own images that cannot
 * be had and that it stands for. Results as image_find(). */
int stage1_choose(
	const Stage1Choice *choice, const Fetch *fetch, Store *store, Image **ret, Error *err);
