/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files that read a policy share. */

#include "trust/policy.h"

/* Whether there can be an image with that scope, of which nothing else is kept in arena. 0,
 * -ENOMEM, or -EINVAL with what is wrong. Of transports that rkt does not know all are fine. */
int policy_scope_check(const char *transport, const char *scope, Arena *arena, Error *err);
