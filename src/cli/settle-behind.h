/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Getting what was fetched onto the disk behind the back of whoever waits for the fetch. */

#include "store/store.h"

/* Leaves a process behind that does store_settle() and ends. It holds nothing of the caller's but
 * the store: no output, terminal, session or lock. Best effort: without it whoever settles next
 * does the same. To be called by a program with one thread that is about to end. */
void settle_behind(Store *store);
