/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/store.h"

/* Turns the layers of the store over that were unpacked and can be views, unless pods have them,
 * and says so, as of those with which that fails. 0, also where views do not work or are not
 * wanted, or a negative errno. */
int turn_over(Store *s, const char *data_dir, Error *err);
