/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The part of a command line that names images: "IMAGE [flags] [-- args [---]] [IMAGE ...]". Flags
 * that stand behind an image and belong to an app go to that image; the others go where they would
 * go anywhere. "--" starts the arguments of the last image, which are taken as they are up to "---"
 * or the end. */

#include "cli/args.h"
#include "pod/args.h"

/* Reads all of args. Its first target is the one of the app options: its base follows the images.
 * The images live in arena. 0, -EINVAL, -ENOMEM. */
int image_args_parse(Args *args, AppArgs **ret, size_t *ret_n, Error *err);
