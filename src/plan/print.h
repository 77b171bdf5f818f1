/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A plan for people, and for their programs. */

#include "base/json.h"
#include "base/strbuf.h"
#include "plan/plan.h"

/* One line an operation, in the order of execution, under a heading for who executes it. */
void plan_print(const Plan *plan, StrBuf *out);

/* The same as an object (docs/formats/plan.md), made in arena. NULL when memory is out. */
Json *plan_to_json(Arena *arena, const Plan *plan);
