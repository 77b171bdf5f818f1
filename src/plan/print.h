/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A plan for people: one line an operation, in the order of execution, under a heading for who
 * executes it. */

#include "base/strbuf.h"
#include "plan/plan.h"

void plan_print(const Plan *plan, StrBuf *out);
