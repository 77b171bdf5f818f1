/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Whether layers that come become views of their tars, or trees. */

#include "store/store.h"

/* What the variable RKT_LAYER_VIEW says: it is for who wants to know better than rkt. */
typedef enum LayerView {
	LAYER_VIEW_AUTO, /* views, where they work */
	LAYER_VIEW_TREE,
	LAYER_VIEW_EROFS,
} LayerView;

/* 0; -EINVAL for a value that means nothing. */
int layer_view_wanted(LayerView *ret, Error *err);

/* Prints to stderr what layers that come become, and why, as far as that is known. */
int layer_view_tell(const Store *s, Error *err);
