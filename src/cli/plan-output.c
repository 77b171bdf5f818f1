/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/plan-output.h"

#include <stdio.h>
#include "plan/print.h"

/* A plan in print is longer than itself. */
#define TEXT_MAX (4 * PLAN_SIZE_MAX)

static int print_json(const Plan *plan, OutputFormat format, Error *err)
{
	_cleanup_(arena_done) Arena arena = {0};

	return output_json(plan_to_json(&arena, plan), format, err);
}

static int print_text(const Plan *plan, Error *err)
{
	_cleanup_strbuf_ StrBuf text = STRBUF_INIT(TEXT_MAX);

	plan_print(plan, &text);
	if (text.error)
		return fail_errno(err, text.error, "print the plan");
	(void)fputs(strbuf_text(&text), stdout);
	return 0;
}

int plan_output(const void *data, size_t len, OutputFormat format, Error *err)
{
	Plan plan;
	int r = plan_load(&plan, data, len);

	if (r < 0)
		return fail(err, r, "the compiler made a plan that is not sound");
	return format == OUTPUT_TEXT ? print_text(&plan, err) : print_json(&plan, format, err);
}
