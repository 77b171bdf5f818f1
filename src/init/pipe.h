/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A pipe between the monitor and one of an app's streams 0, 1, 2. */

#include <stdint.h>

/* Both ends are close-on-exec; ours does not block, while the app finds its own as blocking as
 * programs expect. owner: the user and group that may open the app's end anew, as /dev/stdout; 0:
 * whoever is root here. 0 or a negative errno. */
int stream_pipe(unsigned stream, uint32_t owner, int *ret_ours, int *ret_apps);
