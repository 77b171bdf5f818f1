/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What to tell users whom the kernel has refused something. */

#include "base/error.h"

/* Where err is a refusal and the caller is not root and has not all rights on the data directory:
 * sets a hint at who has, unless there is a hint already. */
void rights_hint(const char *data_dir, Error *err);
