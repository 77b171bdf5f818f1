/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Linux capabilities by name (capabilities(7)), as sets in one 64-bit mask. */

#include <stdint.h>
#include "base/macro.h"

/* What an app may have in its bounding set unless its image or the user says otherwise (appc: the
 * default set). */
uint64_t caps_default(void);

/* The capability's bit. name is "CAP_KILL" or "KILL", in any case. 0 when there is none of that
 * name. */
uint64_t caps_by_name(const char *name);

/* "CAP_KILL" for a number, NULL past the known ones. */
const char *caps_name(unsigned number);
