/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What was found out in this boot about views of layers (docs/formats/layer-view.md) in this store.
 */

#include "store/store.h"

typedef struct ViewSupport {
	bool known;
	char reason[ERROR_TEXT]; /* why there can be none; "": they work */
} ViewSupport;

/* What was noted. Nothing is known where nothing was, or it cannot be read. */
void view_support_read(const Store *s, ViewSupport *ret);

/* Notes it. 0 or a negative errno. */
int view_support_note(const Store *s, const ViewSupport *support, Error *err);
