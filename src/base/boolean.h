/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Truth values as words. */

#include "base/macro.h"

/* The words that Go's strconv.ParseBool takes: 1 t T TRUE true True, 0 f F FALSE false False. 0, or
 * -EINVAL for another word. */
int boolean_parse(const char *s, bool *ret);
