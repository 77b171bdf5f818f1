/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether layers can be views (docs/formats/layer-view.md) on this machine and in this store. */

#include "store/store.h"

/* Whether the kernel with this release ("6.18.44-1-amd64") can be asked at all: those before 6.12.2
 * have views whose blocks are too small for them, and fall over it. */
bool view_kernel_is_safe(const char *release);

/* Tries one out, which takes a millisecond. 0; or a negative errno, with the reason. The store was
 * opened with create. */
int view_probe(const Store *s, Error *err);
