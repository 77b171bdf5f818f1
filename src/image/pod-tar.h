/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Files from and to apps of pods, as tars. The app may change everything at any moment. */

#include "store/pack.h"
#include "store/unpack.h"

/* Writes what pack_tree() makes to the descriptor out. -EINVAL where nothing of it is to be
 * copied. */
int pod_tar_pack(const PackTree *tree, int out, Error *err);

/* Reads a tar, compressed or not, from the descriptor in to its end, and unpacks it into the
 * directory dir, which may be of O_PATH. */
int pod_tar_unpack(int in, int dir, const UnpackAmong *among, Error *err);
