/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* fs-verity for what views are made of, where the filesystem has it (ext4, f2fs and btrfs, if they
 * were made with it): the kernel checks what it reads against digests that it has taken once, so
 * that damage on the disk is an error of reading, and never wrong data. */

#include "store/store.h"

/* Switches it on for the tar and the index of a layer that is a view, which reads them. 0, also
 * where there is no such thing or it is on already, or a negative errno. */
int layer_protect_view(const Store *s, const char *layer, Error *err);
