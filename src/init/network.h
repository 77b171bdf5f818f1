/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The pod's network namespace, as the monitor makes it. */

/* Makes a network namespace whose loopback is up. The caller stays in its own. Returns a descriptor
 * of it or a negative errno. */
int network_create(void);

/* The same, and the caller stays in it. */
int network_enter_new(void);
