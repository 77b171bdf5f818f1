/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Writing a plan: operations are added in the order of execution, ranges of them are opened and
 * closed around them. Running out of memory or past the ceiling shows at the end only. */

#include "base/error.h"
#include "base/strbuf.h"
#include "plan/plan.h"

typedef struct PlanBuilder {
	PlanHeader header; /* what the caller sets in it stays: uuid, namespaces,
			      stop_timeout */
	StrBuf ops, apps, pool;
} PlanBuilder;

void plan_builder_init(PlanBuilder *b);
void plan_builder_done(PlanBuilder *b);

/* Puts a string into the pool and returns its offset; "" and NULL are 0. */
uint32_t plan_put_string(PlanBuilder *b, const char *s);

/* Puts bytes into the pool, aligned to 8. */
uint32_t plan_put_blob(PlanBuilder *b, const void *data, size_t len);

/* Puts a list of strings into the pool; *ret_len is its length in bytes. */
uint32_t plan_put_list(PlanBuilder *b, const char *const *items, size_t n, uint32_t *ret_len);

/* Adds an operation. */
void plan_add(PlanBuilder *b, PlanOp op);

/* Adds the operations of a range once more. */
void plan_repeat(PlanBuilder *b, PlanRange range);

/* Adds a BIND of source, which is on the host or, by flag, in the pod, over path. */
void plan_add_bind(PlanBuilder *b, const char *path, const char *source, uint32_t flags);

/* The number that the next operation gets; plan_range_since() makes a range of all that were added
 * since. */
uint32_t plan_position(const PlanBuilder *b);
PlanRange plan_range_since(const PlanBuilder *b, uint32_t position);

void plan_add_app(PlanBuilder *b, PlanApp app);

/* The finished plan, in fresh memory. 0, -ENOMEM or -E2BIG. */
int plan_finish(PlanBuilder *b, void **ret, size_t *ret_len, Error *err);

#define _cleanup_plan_builder_ _cleanup_(plan_builder_done)
