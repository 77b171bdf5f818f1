/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The bottom layer of every root filesystem: the directories that the engine mounts on and the few
 * files that every app may expect, for images that come without. Being a layer, it costs a pod's
 * start nothing. */

#include "store/store.h"

/* Makes cas/skeleton if it is missing. 0 or a negative errno. */
int store_ensure_skeleton(const Store *s, Error *err);
