/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Getting what is in the store onto the disk, and out of it what a crash of the machine has left.
 * Both may be interrupted at any point and done again, by several processes at once. */

#include "store/store.h"

/* Writes everything to disk that is visible and may not be there yet, and notes that it is. Takes
 * as long as the disk needs; costs little when there is nothing to do. What cannot be written is
 * noted as lost: it is not visible from then on. No files are made or removed. 0, also without a
 * store; the error of syncfs() when the disk refused something, otherwise that of reading or
 * marking what is there: then some of it may be settled and some not. */
int store_settle(Store *s, Error *err);

/* Removes layers and images that are not visible because the machine went down, or the disk failed,
 * before they were on disk. Whoever wants to import calls this first, so that nothing stands in the
 * way of what it brings. Trees that were lost in this boot are only taken out of the way, and
 * removed in the next: pods may run from them. Waits for others who do the same, but not while they
 * delete. 0, also without a store, or the first error of reading or moving something; what was
 * moved until then is removed. That something could not be deleted is no error: the next import
 * does it. */
int store_drop_lost(Store *s, Error *err);

/* The same for layers alone: images that were lost stay, for somebody who can bring them again. */
int store_drop_lost_layers(Store *s, Error *err);

/* Why an image that image_open() does not find counts as absent although something of it is there:
 * -EBADMSG with the reason. 0 when it does count, -ENOENT without error text when there is nothing,
 * or the error of reading it. */
int store_image_lost(const Store *s, const char *key, Error *err);
