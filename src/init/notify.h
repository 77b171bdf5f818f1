/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the service manager that rkt was started by is told, where it wants to know (sd_notify(3)).
 */

/* state: lines such as "READY=1". Best effort: a manager that does not hear is told no more than
 * one that is not there. */
void notify_manager(const char *state);
