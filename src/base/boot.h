/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Which boot of the machine this is. */

#include "base/error.h"

#define BOOT_ID_LEN 36 /* the form of a UUID */

/* The ID that the kernel has given this boot, NUL-terminated. No two boots have the same. */
int boot_id_read(char ret[static BOOT_ID_LEN + 1], Error *err);
