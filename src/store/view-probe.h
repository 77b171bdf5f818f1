/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether layers can be views (docs/formats/layer-view.md) on this machine and in this store. */

#include "store/store.h"

/* Tries one out, which takes a millisecond. 0; or a negative errno, with the reason. The store was
 * opened with create. */
int view_probe(const Store *s, Error *err);
