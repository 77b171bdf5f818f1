/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Getting what is in the store onto the disk, and out of it what a crash of the machine has left.
 * Both may be interrupted at any point and done again, by several processes at once. */

#include "store/store.h"

/* Writes everything to disk that is visible and may not be there yet, and notes that it is. Takes
 * as long as the disk needs; costs little when there is nothing to do. What cannot be written is
 * noted as lost: it is not visible from then on. No files are made or removed. */
int store_settle(Store *s, Error *err);

/* Removes layers and images that are not visible because the machine went down, or the disk failed,
 * before they were on disk. Whoever wants to import calls this first, so that nothing stands in the
 * way of what it brings. Waits for others who do the same. */
int store_drop_lost(Store *s, Error *err);
