/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the fields of an operation tell a reader. There is one table of it, which the printers of
 * text and JSON walk. */

#include <stdint.h>
#include "plan/plan.h"

typedef struct PlanDetail {
	const char *member; /* its name in JSON */
	const char *label;  /* what stands before the value in text, or NULL */
	const char *unit;   /* what stands behind the number in text, or NULL */
	bool brackets;      /* in text the list stands in brackets */
} PlanDetail;

/* What a printer does with the details of an operation. Each comes as one call of detail() and then
 * a text, a number, or texts or numbers between list(true) and list(false). */
typedef struct PlanReader {
	void (*detail)(void *to, const PlanDetail *detail);
	void (*list)(void *to, bool begin);
	void (*text)(void *to, const char *s, size_t len); /* any bytes */
	void (*number)(void *to, int64_t number);
} PlanReader;

void plan_describe_op(const Plan *plan, const PlanOp *op, const PlanReader *reader, void *to);

/* CLONE_NEW* flags as a list. */
void plan_describe_namespaces(uint64_t flags, const PlanReader *reader, void *to);

/* "null", "log", "inherit", "tty". */
const char *plan_stream_name(unsigned stream);

/* "no", "on-failure", "always". */
const char *plan_restart_name(unsigned restart);
