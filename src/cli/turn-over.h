/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "store/store.h"

/* Turns the layers of the store over that were unpacked and can be views, unless pods have them,
 * and logs each, and each with which that fails. 0, also where some failed and where views do not
 * work or are not wanted, or a negative errno. The caller does not hold the lock of
 * store_lock_prepare(). */
int turn_over(Store *s, const char *data_dir, Error *err);
